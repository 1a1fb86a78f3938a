//! The adapter of a transcription service with the public interface of AssemblyAI.
//!
//! A recording is handed over by its link (<https://www.assemblyai.com/docs/api-reference/transcripts/submit>). The
//! webhook says no more than which transcript is ready
//! (<https://www.assemblyai.com/docs/deployment/webhooks-for-pre-recorded-audio>), so the transcript is fetched as the one
//! file that comes back ([`callback`], [`files`]). What was said becomes annotations and captions ([`transcript`],
//! [`captions`]).

mod callback;
mod captions;
mod files;
mod request;
mod transcript;

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated from wit/vendor.wit, which has the documentation"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "vendor-adapter",
        additional_derives: [PartialEq],
    });
}

use bindings::exports::dossier::vendor::adapter as wit;

/// The name under which this vendor appears everywhere.
const VENDOR: &str = "assemblyai";

/// How many annotations a transcript gives: the adapter's work without a component around it, for measuring.
#[cfg(not(target_family = "wasm"))]
pub fn annotations(transcript: &[u8]) -> Result<usize, String> {
    let file = wit::ReturnedFile {
        role: files::TRANSCRIPT.into(),
        media_type: "application/json".into(),
        size: transcript.len() as u64,
        sha256: String::new(),
        content: transcript.to_vec(),
    };
    transcript::normalize(&[file]).map(|normalized| normalized.annotations.len())
}

/// The interface that [`Adapter`] implements, for whoever calls it as native code: fuzzing does.
#[cfg(not(target_family = "wasm"))]
pub use bindings::exports::dossier::vendor::adapter as interface;

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub struct Adapter;

impl wit::Guest for Adapter {
    fn describe() -> wit::Vendor {
        wit::Vendor {
            name: VENDOR.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            callback_signature: wit::SignatureScheme::SharedSecret(callback::SECRET_HEADER.into()),
        }
    }

    fn make_request(review: wit::Review) -> Result<wit::Request, String> {
        request::request(&review)
    }

    fn read_response(response: wit::Response) -> wit::Outcome {
        request::outcome(&response)
    }

    fn read_callback(delivery: wit::Delivery) -> Result<wit::Callback, String> {
        callback::parse(&delivery)
    }

    fn expectations(_: wit::Document) -> Vec<wit::Expectation> {
        files::expectations()
    }

    fn normalize(_: wit::Document, files: Vec<wit::ReturnedFile>) -> Result<wit::Normalized, String> {
        transcript::normalize(&files)
    }
}

// The names of a component's exports are no symbols to a native linker, and native tests need none.
#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "the macro exports the functions by their canonical names")]
mod export {
    use super::{Adapter, bindings};

    bindings::export!(Adapter with_types_in bindings);
}

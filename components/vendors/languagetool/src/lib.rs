//! The adapter of a proofreading service that answers in the public format of LanguageTool.
//!
//! The format is the answer of `/v2/check` (<https://languagetool.org/http-api/>): matches with an offset and a length, a
//! message, replacements, and the rule with its category. LanguageTool itself answers at once and wants the text in the
//! request; a service that reviews documents by link calls back when the answer is ready, with the text that it checked and
//! the answer as files. How that is asked for is in [`request`], the callback in [`callback`], and what the matches mean in
//! [`matches`].

mod callback;
mod files;
mod matches;
mod request;

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
const VENDOR: &str = "languagetool";

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
            callback_signature: callback::scheme(),
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
        matches::normalize(&files)
    }
}

// The names of a component's exports are no symbols to a native linker, and native tests need none.
#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "the macro exports the functions by their canonical names")]
mod export {
    use super::{Adapter, bindings};

    bindings::export!(Adapter with_types_in bindings);
}

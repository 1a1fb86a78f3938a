//! The adapter of the development stack's review service.
//!
//! Everything that is particular to that service is here, and nothing else: how a review is asked for ([`request`]),
//! what its callback says ([`callback`]), which files come back ([`files`]) and what they mean ([`findings`],
//! [`recording`]). Its interface is documented in `crates/review-service/API.md`. The adapter is pure: it imports
//! nothing, and the host composes it into the components that need it.

mod callback;
mod files;
mod findings;
mod recording;
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
const VENDOR: &str = "review";

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
            callback_signature: wit::SignatureScheme::StandardWebhooks,
        }
    }

    fn make_request(review: wit::Review) -> Result<wit::Request, String> {
        request::request(&review)
    }

    fn read_response(response: wit::Response) -> wit::Outcome {
        request::outcome(&response)
    }

    fn read_callback(delivery: wit::Delivery) -> Result<wit::Callback, String> {
        callback::parse(&delivery.body)
    }

    fn expectations(document: wit::Document) -> Vec<wit::Expectation> {
        files::expectations(&document)
    }

    fn normalize(document: wit::Document, files: Vec<wit::ReturnedFile>) -> Result<wit::Normalized, String> {
        match document.kind {
            wit::DocumentKind::LessonPlan => findings::normalize(&files),
            wit::DocumentKind::ClassroomVideo => recording::normalize(&files),
        }
    }
}

// The names of a component's exports are no symbols to a native linker, and native tests need none.
#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "the macro exports the functions by their canonical names")]
mod export {
    use super::{Adapter, bindings};

    bindings::export!(Adapter with_types_in bindings);
}

//! Whether a callback comes from whom it says.
//!
//! Vendors show it in different ways; the adapter names the one of its vendor, and knows no secret. There may be several
//! secrets, separated by spaces: while one is being replaced, both are good. Without a secret nothing is let in.

mod keyed_hash;
mod shared_secret;
mod standard_webhooks;

use std::fmt::Write as _;

use api::Problem;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use vendor::adapter::SignatureScheme;

/// A callback as it came in, from anybody.
#[derive(Clone, Copy)]
pub(crate) struct Received<'a> {
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// An event that the vendor really reported.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// The same for every delivery of the event.
    pub(crate) id: String,
}

/// Checks a callback by the vendor's scheme.
pub(crate) fn check(scheme: &SignatureScheme, secrets: &str, received: &Received<'_>) -> Result<Event, Problem> {
    match scheme {
        SignatureScheme::StandardWebhooks => standard_webhooks::check(secrets, received),
        SignatureScheme::Hmac(scheme) => keyed_hash::check(scheme, secrets, received),
        SignatureScheme::SharedSecret(header) => shared_secret::check(header, secrets, received),
    }
}

impl Received<'_> {
    /// The value of a header field that there is once; a second one could be read by one reader and not by another.
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// What stands for the event's id where the vendor gives none: equal callbacks are the same event.
    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.query);
        hash.update([0]);
        hash.update(self.body);
        hash.finalize().iter().fold(String::from("sha256:"), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

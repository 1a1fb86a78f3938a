//! Whether a callback comes from whom it says.
//!
//! Vendors show it in different ways; the adapter names the one of its vendor, and knows no secret. There may be several
//! secrets, separated by spaces: while one is being replaced, both are good. Without a secret nothing is let in.
//!
//! There is no I/O in here, and no clock: whoever checks says what time it is. Whatever is read here, anybody can send.

#![forbid(unsafe_code)]

mod keyed_hash;
mod shared_secret;
mod standard_webhooks;

use std::fmt::Write as _;

use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use vendor::adapter::SignatureScheme;
use webhook_signature::InvalidKey;

/// A callback as it came in, from anybody.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// What follows the question mark in its address.
    pub query: &'a str,
    /// Its header fields.
    pub headers: &'a HeaderMap,
    /// The bytes of its body.
    pub body: &'a [u8],
}

/// An event that the vendor really reported.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// The same for every delivery of the event.
    pub id: String,
}

/// Why a callback is not let in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not shown to be the vendor's.
    #[error("{0}")]
    NotGenuine(String),
    /// One of the secrets that were configured cannot be used.
    #[error("a webhook secret: {0}")]
    Misconfigured(#[from] InvalidKey),
}

/// Checks a callback by the vendor's scheme, at a time in seconds since 1970.
pub fn check(scheme: &SignatureScheme, now: i64, secrets: &str, received: &Received<'_>) -> Result<Event, Refused> {
    match scheme {
        SignatureScheme::StandardWebhooks => standard_webhooks::check(now, secrets, received),
        SignatureScheme::Hmac(scheme) => keyed_hash::check(scheme, now, secrets, received),
        SignatureScheme::SharedSecret(header) => shared_secret::check(header, secrets, received),
    }
}

impl Received<'_> {
    /// The value of a header field that there is once; a second one could be read by one reader and not by another.
    fn header(&self, name: &str) -> Result<&str, Refused> {
        let mut values = self.headers.get_all(name).iter();
        values
            .next()
            .and_then(|value| value.to_str().ok())
            .filter(|_| values.next().is_none())
            .ok_or_else(|| Refused::NotGenuine(format!("there is not one header field {name}")))
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

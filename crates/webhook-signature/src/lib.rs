//! Signatures as Standard Webhooks 1.0.0 describes them (<https://www.standardwebhooks.com/>): `v1`, HMAC-SHA256 with
//! a secret that both sides have, and `v1a`, Ed25519 with a key pair of which the receiver has the public half.
//!
//! There is no I/O in here, and no clock: whoever checks says what time it is. A receiver has a [`KeyRing`], which may
//! hold several keys of both sorts: while one is being replaced, the old one and the new one are good. A sender
//! has a [`Signer`].
//!
//! ```
//! use webhook_signature::{KeyRing, Message, Signer};
//!
//! let signer: Signer = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
//! let signature = signer.sign("msg_1", 1_700_000_000, b"{}");
//!
//! let ring: KeyRing = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
//! let message = Message { id: "msg_1", timestamp: "1700000000", signature: &signature, body: b"{}" };
//! assert!(ring.verify(1_700_000_042, &message).is_ok());
//! assert!(ring.verify(1_700_000_301, &message).is_err());
//! # Ok::<(), webhook_signature::InvalidKey>(())
//! ```

#![forbid(unsafe_code)]

mod key;
mod message;
mod ring;
mod signer;

pub use key::InvalidKey;
pub use message::{LONGEST_ID, Message, Refused, TOLERANCE};
pub use ring::KeyRing;
pub use signer::Signer;

/// The header field with the message's id: the same whenever the message is sent again.
pub const ID: &str = "webhook-id";
/// The header field with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header field with the signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

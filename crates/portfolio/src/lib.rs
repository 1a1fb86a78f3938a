//! What a teacher hands in: submissions, documents, the kinds of file that are taken, and where they lie in the bucket.
//!
//! Every component agrees on these words, so they are written down once, without I/O, a clock, or a key to anything:
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`id`] | the ids of submissions and documents (`UUIDv7`) |
//! | [`kind`] | which kinds of document there are, and which media types each may have |
//! | [`limits`] | how many documents, how large |
//! | [`parts`] | how a document is cut into parts to be uploaded |
//! | [`declaration`] | what a teacher says about a submission before uploading it, and what is wrong with it |
//! | [`manifest`] | the same, once accepted, as it lies in the bucket |
//! | [`evaluators`] | who may read a submission |
//! | [`facts`] | what is known about one document while it is on its way |
//! | [`keys`] | the keys of all objects in the bucket |
//! | [`role`] | the names of the files that belong to a document |
//! | [`digest`] | SHA-256 digests |
//! | [`content_type`] | what a `Content-Type` header field says about a file |
//! | [`sniff`] | whether the first bytes of a file are what its media type says |

pub mod content_type;
pub mod declaration;
pub mod digest;
pub mod evaluators;
pub mod facts;
pub mod id;
pub mod keys;
pub mod kind;
pub mod limits;
pub mod manifest;
pub mod parts;
pub mod retention;
pub mod role;
pub mod sniff;

#[cfg(any(feature = "schema", feature = "openapi"))]
mod described;

pub use declaration::{Declaration, DeclaredDocument};
pub use digest::Sha256;
pub use evaluators::Evaluators;
pub use facts::Facts;
pub use id::{DocumentId, SubmissionId};
pub use kind::{Kind, MediaType};
pub use limits::Limits;
pub use manifest::{Manifest, ManifestDocument};
pub use parts::Parts;
pub use role::Role;

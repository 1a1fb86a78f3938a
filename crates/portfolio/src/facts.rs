//! What is known about one document while it is on its way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::id::SubmissionId;
use crate::kind::{Kind, MediaType};

/// The facts about a document that the ledger keeps beside its state, and hands to every stage.
///
/// They begin as the teacher declared them. A stage that learns something adds it by patching the members that it
/// knows; members that this version does not know are left alone by the ledger and ignored here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The submission that the document belongs to.
    pub submission: SubmissionId,
    /// The submission's title.
    pub title: String,
    /// The file's name on the teacher's machine. Any Unicode text: never a path, never a part of a key.
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// Its media type.
    pub media_type: MediaType,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256, if the teacher's client declared one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<Sha256>,
    /// The multipart upload that the teacher's client works on, known from the first part that it asked a signature for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upload_id: Option<String>,
    /// How many bytes were in the bucket when the upload was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub received: Option<u64>,
    /// The entity tag that the bucket gave to the object, known since `uploaded`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// The entity tag of the object whose SHA-256 was found to be the declared one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checked: Option<String>,
    /// Whether evaluators have seen the document: what is made of it again is made of what came back, not of the file.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub normalized: bool,
    /// When the third party took the document, known since `in-review`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requested_at: Option<Timestamp>,
}

impl Facts {
    /// The name of the fact that says what a document is.
    pub const KIND: &str = "kind";
}

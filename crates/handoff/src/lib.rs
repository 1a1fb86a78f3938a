//! What one stage of the pipeline leaves for the next: the bodies of the queues' items.
//!
//! The ledger carries these as text and does not read them. A stage that is newer than the item it takes must still
//! understand it, since documents are in flight while a component is replaced: members may be added with a default, and
//! none is removed or changes its meaning.

#![forbid(unsafe_code)]

mod queues;

use jiff::Timestamp;
use portfolio::{Role, Sha256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use queues::{QueueByKind, UnusableQueues};

/// For `transfer`: there is a document to hand over. Everything about it is in the ledger's facts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TransferWork {}

/// For `verify`: a third party called back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyWork {
    /// When the callback came in.
    pub received_at: Timestamp,
    /// The query of the URL that was called, without the question mark.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The callback's body, exactly as it was signed.
    pub callback: String,
}

/// For `normalize`: the files that came back are in the bucket, and every one is what was promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NormalizeWork {
    /// The third party's id of the review.
    pub review: String,
    /// When the third party was asked.
    pub requested_at: Timestamp,
    /// When the third party finished.
    pub completed_at: Timestamp,
    /// The files, in the order in which the third party listed them.
    pub files: Vec<VerifiedFile>,
}

/// An item as it is kept in the bucket: from it, a stage can be given its work again when Redis is lost, or when the work
/// is to be done anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept<W> {
    /// The queue that the item belongs into: each third party has its own.
    pub queue: String,
    /// The item's body.
    pub work: W,
}

/// A file that came back and was found correct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedFile {
    /// What it is to the review.
    pub role: Role,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// The digest of what is in the bucket.
    pub sha256: Sha256,
}

/// The code of the failure of a file that is not the one that was announced.
pub const CHECKSUM_MISMATCH: &str = "checksum-mismatch";

/// The same, in words for its teacher.
pub const CHECKSUM_MISMATCH_MESSAGE: &str = "The file that arrived is not the one that was announced: its SHA-256 is another. \
    It was changed on its way, or on your device while it was being uploaded. Hand it in again.";

/// An item's body that cannot be read.
pub type Error = serde_json::Error;

/// The body of an item, from the ledger.
pub fn read<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body)
}

/// The body of an item, for the ledger.
pub fn write<T: Serialize>(work: &T) -> Result<String, Error> {
    serde_json::to_string(work)
}

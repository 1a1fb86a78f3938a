//! Deletes all that the bucket has of a document: the file, what came back from its review, what was made of it, and the parts
//! of uploads that were not finished.
//!
//! It is idempotent, and does a bounded amount of work: whoever is told that there is [more](Removed::More) calls again, and
//! whoever was interrupted does so, too.

#![forbid(unsafe_code)]

use portfolio::{DocumentId, SubmissionId, keys};
pub use spin_bucket::Removed;
use spin_bucket::{Client, Error};

/// Deletes what there is of a document, at most 1,000 uploads and 1,000 objects.
///
/// Uploads go first: one that was completed between the two steps would leave an object that nobody looks for.
pub async fn document(bucket: &Client, submission: &SubmissionId, document: &DocumentId) -> Result<Removed, Error> {
    let uploads = bucket.abort_uploads(&keys::original(submission, document)).await?;
    let objects = bucket.delete_under(&keys::of_document(submission, document)).await?;
    Ok(match (uploads, objects) {
        (Removed::All, Removed::All) => Removed::All,
        _ => Removed::More,
    })
}

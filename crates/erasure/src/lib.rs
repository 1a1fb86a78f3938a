//! Deletes all that the bucket has of a document, or of a whole submission: the files, what came back from reviews, what was made
//! of it, and the parts of uploads that were not finished.
//!
//! It is idempotent, and does a bounded amount of work: whoever is told that there is [more](Removed::is_truncated) calls again, and
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
    Ok(Removed {
        is_truncated: uploads.is_truncated || objects.is_truncated,
        ..objects
    })
}

/// Deletes what there is of a submission with these documents, its manifest included: at most 1,000 objects.
pub async fn submission(
    bucket: &Client,
    submission: &SubmissionId,
    documents: &[DocumentId],
) -> Result<Removed, Error> {
    let mut is_truncated = false;
    for document in documents {
        let uploads = bucket.abort_uploads(&keys::original(submission, document)).await?;
        is_truncated |= uploads.is_truncated;
    }
    let objects = bucket.delete_under(&keys::of_submission(submission)).await?;
    Ok(Removed {
        is_truncated: is_truncated || objects.is_truncated,
        ..objects
    })
}

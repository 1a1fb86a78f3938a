//! The file as it was accepted, and not another one.
//!
//! A request that was signed before a file was accepted may still arrive afterwards, and put other bytes under the same key. The
//! bucket gives each content an entity tag, and the one that was accepted is among the document's facts: what is worked with is
//! that object, or none.

use portfolio::{DocumentId, Facts, keys};
use spin_bucket::{Client, Found};

use crate::Outcome;

/// What the bucket says of a document's original, if it is the one that was accepted.
pub async fn accepted(bucket: &Client, facts: &Facts, document: DocumentId) -> Result<Found, Outcome> {
    let key = keys::original(&facts.submission, &document);
    let found = bucket
        .head(&key)
        .await
        .map_err(|error| Outcome::bucket_failed(&error))?
        .ok_or_else(|| Outcome::permanent("file-missing", "The file is not there any more. Hand it in again."))?;
    // Documents that were accepted without a tag are of stores that give none.
    match &facts.etag {
        Some(etag) if found.etag.as_ref() != Some(etag) => Err(replaced()),
        _ => Ok(found),
    }
}

/// The object is another one than the one that was accepted.
pub fn replaced() -> Outcome {
    Outcome::permanent(
        "file-replaced",
        "The file was replaced by another one after it had been accepted. Hand in the one that you mean.",
    )
}

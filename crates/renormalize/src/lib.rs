//! Has a document that is ready normalized again, from what is in the bucket.
//!
//! What a third party returned stays in the bucket, with a record of it that `verify` leaves
//! ([`verified.json`](portfolio::keys::verified)). From that record, `normalize` is given its work once more: because its adapter
//! was corrected, because there is a new version of the canonical document, or because something that the document's row repeats has
//! changed. The third party is not asked again.

#![forbid(unsafe_code)]

use handoff::{Kept, NormalizeWork};
use ledger::{Advance, Advanced, Enqueue, State};
use portfolio::{DocumentId, SubmissionId, keys};

/// A record lists a document's files.
const LARGEST_RECORD: usize = 1024 * 1024;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is queued.
    Queued,
    /// It is in this state, and so has nothing to be made again: it is on its way anyway, or it has failed.
    Not(State),
    /// The ledger does not know it.
    Unknown,
}

/// Why a document cannot be normalized again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no record in the bucket of what came back.
    #[error("the bucket has no record of what the third party returned")]
    NoRecord,
    /// The record is not as this version writes it.
    #[error("the record of what the third party returned cannot be read: {0}")]
    Record(#[source] serde_json::Error),
    /// The record names a queue that there is not any more.
    #[error("there is no queue {0:?} any more: put its third party back into the manifest")]
    NoQueue(String),
    /// The bucket does not do its part.
    #[error(transparent)]
    Bucket(spin_bucket::Error),
    /// Redis does not do its part.
    #[error(transparent)]
    Ledger(#[from] spin_ledger::Error),
}

/// Queues a document for `normalize`, if it is ready. Doing it twice does it once.
///
/// `by` is who wants it, for the document's history; `has_queue` says which queues there are.
pub async fn renormalize(
    bucket: &spin_bucket::Client,
    client: &spin_ledger::Client,
    (submission, document): (SubmissionId, DocumentId),
    by: &str,
    has_queue: impl Fn(&str) -> bool,
) -> Result<Outcome, Error> {
    let record = bucket
        .get(&keys::verified(&submission, &document), LARGEST_RECORD)
        .await
        .map_err(|error| match error {
            spin_bucket::Error::NotFound(_) => Error::NoRecord,
            error => Error::Bucket(error),
        })?;
    let kept: Kept<NormalizeWork> = serde_json::from_slice(&record).map_err(Error::Record)?;
    if !has_queue(&kept.queue) {
        return Err(Error::NoQueue(kept.queue));
    }
    let advance = Advance {
        from: vec![State::Ready],
        to: State::Normalizing,
        event: "normalizing-again",
        by: Some(by.to_owned()),
        detail: None,
        enqueue: Some(Enqueue::now(
            &kept.queue,
            handoff::write(&kept.work).map_err(Error::Record)?,
        )),
        failure: None,
        facts_patch: None,
    };
    let call = client.ledger().advance(&document.to_string(), &advance);
    Ok(match client.run(call).await? {
        Advanced::Moved => Outcome::Queued,
        Advanced::Already(state) => Outcome::Not(state),
        Advanced::Unknown => Outcome::Unknown,
    })
}

//! What is in the bucket, held against what was announced.

use access::{Owner, Permit};
use api::Problem;
use handoff::{QueueByKind, TransferWork};
use ledger::{Advance, Advanced, DocumentRecord, Enqueue, Failure, State};
use portfolio::{DocumentId, Evaluators, Facts, SubmissionId, keys, sniff};
use spin_bucket::Found;
use spin_edge::{bucket_failed, denied, ledger_failed, variable};
use spin_ledger::Client;

/// Checks uploads.
pub(crate) struct Intake {
    ledger: Client,
    bucket: spin_bucket::Client,
    next_queues: QueueByKind,
    traceparent: String,
}

/// What became of a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The document is in this state, through this hint or an earlier one.
    Is(State),
    /// There is no object in the bucket.
    NotThere,
    /// There is no such document.
    Unknown,
}

impl Intake {
    pub(crate) async fn open(traceparent: String) -> Result<Self, Problem> {
        Ok(Self {
            ledger: Client::open().await.map_err(ledger_failed)?,
            bucket: spin_bucket::Client::open().await.map_err(bucket_failed)?,
            next_queues: variable("next_queues")
                .await?
                .parse()
                .map_err(|error| Problem::internal(format!("the variable next_queues: {error}")))?,
            traceparent,
        })
    }

    /// Whether a document is the caller's own. Anybody else's does not exist.
    pub(crate) async fn owned_by(
        &self,
        permit: &Permit,
        submission: SubmissionId,
        document: DocumentId,
    ) -> Result<(), Problem> {
        let record = self.record(document).await?;
        let record = record
            .filter(|record| record.submission == submission.to_string())
            .ok_or_else(Problem::not_found)?;
        let owner: Owner = record.owner.parse().map_err(Problem::internal)?;
        permit.sees(&owner, &Evaluators::nobody()).map_err(denied)
    }

    async fn record(&self, document: DocumentId) -> Result<Option<DocumentRecord>, Problem> {
        self.ledger
            .run(self.ledger.ledger().document(&document.to_string()))
            .await
            .map_err(ledger_failed)
    }

    /// Looks at an upload, and sends it on its way or fails it. Doing it twice does it once.
    pub(crate) async fn check(&self, submission: SubmissionId, document: DocumentId) -> Result<Verdict, Problem> {
        let Some(record) = self.record(document).await? else {
            return Ok(Verdict::Unknown);
        };
        if record.state != State::AwaitingUpload {
            return Ok(Verdict::Is(record.state));
        }
        let facts: Facts =
            serde_json::from_value(serde_json::Value::Object(record.facts)).map_err(Problem::internal)?;
        let key = keys::original(&submission, &document);
        let Some(found) = self.bucket.head(&key).await.map_err(bucket_failed)? else {
            return Ok(Verdict::NotThere);
        };
        let failure = self.what_is_wrong(&key, &facts, &found).await?;
        let advance = match failure {
            None => accepted(self.next_queues.queue(facts.kind), &self.traceparent, found)?,
            Some(failure) => refused(failure, found),
        };
        let call = self.ledger.ledger().advance(&document.to_string(), &advance);
        Ok(match self.ledger.run(call).await.map_err(ledger_failed)? {
            Advanced::Moved => Verdict::Is(advance.to),
            Advanced::Already(state) => Verdict::Is(state),
            Advanced::Unknown => Verdict::Unknown,
        })
    }

    async fn what_is_wrong(&self, key: &str, facts: &Facts, found: &Found) -> Result<Option<Failure>, Problem> {
        if found.size != facts.size {
            let message = format!(
                "The file that arrived has {} bytes, but {} were announced. Hand it in again.",
                found.size, facts.size
            );
            return Ok(Some(Failure::new("size-mismatch", message)));
        }
        let first_bytes = self
            .bucket
            .first_bytes(key, sniff::FIRST_BYTES)
            .await
            .map_err(bucket_failed)?;
        let mismatch = sniff::check(&first_bytes, facts.media_type).err();
        Ok(mismatch.map(|mismatch| Failure::new("not-what-it-says", mismatch.to_string())))
    }
}

fn accepted(queue: &str, traceparent: &str, found: Found) -> Result<Advance, Problem> {
    let body = handoff::write(&TransferWork::default()).map_err(Problem::internal)?;
    let mut enqueue = Enqueue::now(queue, body);
    enqueue.traceparent = Some(traceparent.to_owned());
    Ok(Advance {
        from: vec![State::AwaitingUpload],
        to: State::Uploaded,
        event: "uploaded",
        by: None,
        detail: None,
        enqueue: Some(enqueue),
        failure: None,
        facts_patch: Some(seen(found)),
    })
}

/// What is known about the object from now on.
fn seen(found: Found) -> ledger::Facts {
    let mut facts = ledger::Facts::from_iter([("received".to_owned(), found.size.into())]);
    facts.extend(found.etag.map(|etag| ("etag".to_owned(), etag.into())));
    facts
}

fn refused(failure: Failure, found: Found) -> Advance {
    Advance {
        from: vec![State::AwaitingUpload],
        to: State::Failed,
        event: "upload-refused",
        by: None,
        detail: None,
        enqueue: None,
        failure: Some(failure),
        facts_patch: Some(seen(found)),
    }
}

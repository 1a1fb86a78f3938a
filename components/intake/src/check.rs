//! What is in the bucket, held against what was announced.

use access::{Owner, Permit};
use api::Problem;
use event_log::Event;
use handoff::{QueueByKind, TransferWork};
use ledger::{Advance, Advanced, DocumentRecord, Enqueue, Failure, State};
use portfolio::{DocumentId, Evaluators, Facts, MediaType, Sha256, SubmissionId, content_type, keys, sniff};
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
        let key = keys::original(&submission, &document);
        let facts: Facts =
            serde_json::from_value(serde_json::Value::Object(record.facts)).map_err(Problem::internal)?;
        if record.state != State::AwaitingUpload {
            self.settle(&key, record.state, record.failure.as_ref()).await?;
            if record.state == State::Ready {
                self.notice_replacement(&key, &facts, document).await?;
            }
            return Ok(Verdict::Is(record.state));
        }
        let Some(found) = self.bucket.head(&key).await.map_err(bucket_failed)? else {
            return Ok(Verdict::NotThere);
        };
        let failure = self.what_is_wrong(&key, &facts, &found).await?;
        let advance = match failure {
            None => accepted(self.next_queues.queue(facts.kind), &self.traceparent, found)?,
            Some(failure) => refused(failure, found),
        };
        let line = Event::new(advance.event).submission(submission).document(document);
        let line = line.trace(Some(&self.traceparent));
        match &advance.failure {
            Some(failure) => line.code("code", &failure.code),
            None => line,
        }
        .write();
        let call = self.ledger.ledger().advance(&document.to_string(), &advance);
        let state = match self.ledger.run(call).await.map_err(ledger_failed)? {
            Advanced::Moved => advance.to,
            Advanced::Already(state) => state,
            Advanced::Unknown => return Ok(Verdict::Unknown),
        };
        self.settle(&key, state, advance.failure.as_ref()).await?;
        Ok(Verdict::Is(state))
    }

    /// Sees to it that an object stays as it is from now on, or that one which nobody wants does not stay. Nothing is signed any
    /// more; what was signed before and not used yet is made useless as far as that can be done. It is done again with each
    /// hint, so the bucket's repetition completes what was interrupted.
    async fn settle(&self, key: &str, state: State, failure: Option<&Failure>) -> Result<(), Problem> {
        match state {
            State::Uploaded => match self.bucket.abort_uploads(key).await {
                Ok(_) => {}
                Err(error) if error.is_transient() => return Err(bucket_failed(error)),
                // A store that has no such list. Whether the object is still the same is looked at before each later step.
                Err(error) => Event::new("uploads-not-given-up").reason(error).write(),
            },
            // It arrived after its teacher had withdrawn it.
            State::Failed if failure.is_some_and(|failure| failure.code == "withdrawn") => {
                self.bucket.delete(key).await.map_err(bucket_failed)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes down that another file was put in the place of one that evaluators can read about already. Nothing can bring the first
    /// one back; evaluators are led to neither, and an operator should hear of it.
    async fn notice_replacement(&self, key: &str, facts: &Facts, document: DocumentId) -> Result<(), Problem> {
        let found = self.bucket.head(key).await.map_err(bucket_failed)?;
        let is_another = found.is_some_and(|found| facts.etag.is_some() && found.etag != facts.etag);
        if is_another {
            Event::new("file-replaced")
                .submission(facts.submission)
                .document(document)
                .trace(Some(&self.traceparent))
                .write();
        }
        Ok(())
    }

    async fn what_is_wrong(&self, key: &str, facts: &Facts, found: &Found) -> Result<Option<Failure>, Problem> {
        if found.size != facts.size {
            let message = format!(
                "The file that arrived has {} bytes, but {} were announced. Hand it in again.",
                found.size, facts.size
            );
            return Ok(Some(Failure::new("size-mismatch", message)));
        }
        if let (Some(declared), Some(sha256)) = (facts.sha256, found.sha256)
            && declared != Sha256::from(sha256)
        {
            return Ok(Some(Failure::new(
                handoff::CHECKSUM_MISMATCH,
                handoff::CHECKSUM_MISMATCH_MESSAGE,
            )));
        }
        let first_bytes = self
            .bucket
            .first_bytes(key, sniff::FIRST_BYTES)
            .await
            .map_err(bucket_failed)?;
        let mismatch = sniff::check(&first_bytes, facts.media_type).map_err(|mismatch| mismatch.to_string());
        let mismatch = mismatch.and_then(|()| sent_as(found, facts.media_type));
        Ok(mismatch.err().map(|message| Failure::new("not-what-it-says", message)))
    }
}

/// Whether the client said of the file what was announced, if it said anything: an address for a whole document can be used
/// without a `Content-Type`, so the bucket has no opinion about it.
fn sent_as(found: &Found, announced: MediaType) -> Result<(), String> {
    match &found.content_type {
        Some(said) if content_type::contradicts(said, announced.as_str()) => Err(format!(
            "The file was announced as {} ({}), but it was sent as {}. Hand it in again as what it is.",
            announced.described(),
            announced.as_str(),
            content_type::essence(said)
        )),
        _ => Ok(()),
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
    // Of what was uploaded whole the bucket has checked the digest, and need not be read once more for it.
    let checked = found.sha256.and(found.etag.clone());
    let tags = [("etag", found.etag), ("checked", checked)];
    facts.extend(
        tags.into_iter()
            .filter_map(|(name, tag)| Some((name.to_owned(), tag?.into()))),
    );
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

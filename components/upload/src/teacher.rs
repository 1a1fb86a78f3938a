//! A request's caller, and what answering it needs.

use access::{Owner, Permit};
use api::Problem;
use api::submissions::Submission;
use jiff::{Timestamp, ToSpan as _};
use ledger::{Advance, DocumentRecord, Failure, State, SubmissionRecord};
use portfolio::retention::Retention;
use portfolio::{DocumentId, Evaluators, Limits, SubmissionId};
use spin_edge::{bucket_failed, caller, denied, ledger_failed, time, variable};
use spin_ledger::Client;
use spin_sdk::http::Request;

use crate::signer::Signer;
use crate::view;

/// A teacher, or an operator where the route serves one, known by their token.
pub(crate) struct Teacher {
    pub(crate) permit: Permit,
    pub(crate) client: Client,
    pub(crate) signer: Signer,
    pub(crate) limits: Limits,
    pub(crate) retention: Retention,
}

impl Teacher {
    pub(crate) async fn of(request: &Request) -> Result<Self, Problem> {
        Ok(Self {
            permit: caller(request).await?,
            client: Client::open().await.map_err(ledger_failed)?,
            signer: Signer::open().await?,
            limits: Limits::from_json(&variable("limits").await?).map_err(Problem::internal)?,
            retention: variable("retention_days").await?.parse().map_err(Problem::internal)?,
        })
    }

    /// A submission that the caller may see on this route: their own. Anybody else's does not exist.
    pub(crate) async fn own(&self, submission: &str) -> Result<SubmissionRecord, Problem> {
        let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
        let mut record = self.record(&submission).await?;
        if self.expire(&record).await? {
            record = self.record(&submission).await?;
        }
        Ok(record)
    }

    async fn record(&self, submission: &SubmissionId) -> Result<SubmissionRecord, Problem> {
        let call = self.client.ledger().submission(&submission.to_string());
        let record = self.client.run(call).await.map_err(ledger_failed)?;
        let record = record.ok_or_else(Problem::not_found)?;
        let owner: Owner = record.owner.parse().map_err(Problem::internal)?;
        self.permit.sees(&owner, &evaluators(&record)?).map_err(denied)?;
        Ok(record)
    }

    /// The same, with the one of its documents that has this id.
    pub(crate) async fn own_document(&self, submission: &str, document: &str) -> Result<DocumentRecord, Problem> {
        let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
        let record = self.own(submission).await?;
        let mut documents = record.documents.into_iter();
        documents
            .find(|found| found.id == document.to_string())
            .ok_or_else(Problem::not_found)
    }

    /// Until when an upload must be finished that is awaited since a time.
    pub(crate) fn finish_by(&self, record: &DocumentRecord) -> Result<Timestamp, Problem> {
        let hours = i64::try_from(self.limits.unfinished_hours).map_err(Problem::internal)?;
        time(record.since)?
            .checked_add(hours.hours())
            .map_err(Problem::internal)
    }

    /// Fails the documents whose upload was not finished in time; tells whether there were any.
    ///
    /// Nothing is queued for such a document, so nothing but somebody's look at it has to find that its time is over: the
    /// first one to look, or to ask for a signature, makes it so. The bucket frees the parts by its own rule.
    pub(crate) async fn expire(&self, record: &SubmissionRecord) -> Result<bool, Problem> {
        let now = Timestamp::now();
        let mut any = false;
        for document in &record.documents {
            if document.state == State::AwaitingUpload && self.finish_by(document)? <= now {
                let call = self.client.ledger().advance(&document.id, &expired());
                self.client.run(call).await.map_err(ledger_failed)?;
                any = true;
            }
        }
        Ok(any)
    }

    /// What the teacher sees of a submission. With each document comes how much of it the bucket has.
    pub(crate) async fn view(&self, record: &SubmissionRecord) -> Result<Submission, Problem> {
        let histories = record.documents.iter().map(async |document: &DocumentRecord| {
            let call = self.client.ledger().history(&document.id);
            self.client.run(call).await.map_err(ledger_failed)
        });
        let received = record
            .documents
            .iter()
            .map(async |document| self.received(document).await);
        let (histories, received) = futures::future::try_join(
            futures::future::try_join_all(histories),
            futures::future::try_join_all(received),
        )
        .await?;
        let documents = record.documents.iter().zip(&histories).zip(received);
        let documents = documents
            .map(|((record, history), received)| view::document(self, record, history, received))
            .collect::<Result<_, _>>()?;
        view::submission(record, documents)
    }

    /// How many bytes of a document the bucket has.
    async fn received(&self, record: &DocumentRecord) -> Result<u64, Problem> {
        let facts = view::facts(record)?;
        match (record.state, facts.upload_id) {
            // The parts of an upload that was begun are asked for: nobody but the bucket knows.
            (State::AwaitingUpload, Some(upload_id)) => {
                let bucket = spin_bucket::Client::open().await.map_err(bucket_failed)?;
                let received = bucket.received(&view::key(record)?, &upload_id).await;
                Ok(received.map_err(bucket_failed)?.unwrap_or(0))
            }
            _ => Ok(facts.received.unwrap_or(0)),
        }
    }
}

/// Who may read a submission, from the ledger's words.
pub(crate) fn evaluators(record: &SubmissionRecord) -> Result<Evaluators, Problem> {
    serde_json::from_str(&record.evaluators).map_err(Problem::internal)
}

fn expired() -> Advance {
    Advance {
        from: vec![State::AwaitingUpload],
        to: State::Failed,
        event: "upload-expired",
        by: None,
        detail: None,
        enqueue: None,
        failure: Some(Failure::new(
            "upload-expired",
            "The upload was not finished in time, and what had arrived was thrown away. Put the file in again.",
        )),
        facts_patch: None,
    }
}

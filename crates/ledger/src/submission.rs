//! Submissions: what a teacher hands in together.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, DocumentRecord, Facts, Ledger, Page, Timestamp, call::Script, wire};

/// A submission that is to exist, with its documents.
#[derive(Debug, Clone)]
pub struct NewSubmission {
    /// Its id, a `UUIDv7`: submissions are listed in the order of their ids.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// What its teacher called it.
    pub title: String,
    /// The teacher's name as evaluators see it, where it is known.
    pub name_of_owner: Option<String>,
    /// Who may read it, in words that the ledger carries and does not read.
    pub evaluators: String,
    /// The request's idempotency key, where it has one.
    pub idempotency: Option<Idempotency>,
    /// The most submissions that this owner may have created in the last 24 hours, this one counted; any number without.
    pub most_per_day: Option<u64>,
    /// How long it is kept after the last thing that happened to it; for ever without.
    pub keep_for: Option<Duration>,
    /// What it consists of, in the order that everybody sees.
    pub documents: Vec<NewDocument>,
}

/// Makes a request that is sent twice one request.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The client's `Idempotency-Key`. Owners cannot see each other's keys.
    pub key: String,
    /// A digest of the request: the same key with another request is a mistake.
    pub fingerprint: String,
}

/// A document of a [`NewSubmission`].
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its id, a UUID.
    pub id: String,
    /// What is known about it. The ledger carries facts and does not read them.
    pub facts: Facts,
}

/// What came of [`Ledger::create_submission`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", content = "submission", rename_all = "kebab-case")]
pub enum Created {
    /// It exists now; its documents are awaiting their upload.
    New,
    /// The same request was made before: this is the id of the submission that it made.
    Replayed(String),
    /// The idempotency key was used before, for another request. Nothing was created.
    KeyReused,
    /// The owner has created as many as one may in a day. Nothing was created.
    TooMany,
}

/// A submission with its documents.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SubmissionRecord {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// The teacher's name, where it is known.
    pub name_of_owner: Option<String>,
    /// What its teacher called it.
    pub title: String,
    /// Who may read it.
    pub evaluators: String,
    /// Since when: it grows with every change of `evaluators`.
    pub assigned_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its teacher withdrew it, if that happened.
    pub withdrawn_at: Option<Timestamp>,
    /// A number that grows with every change to it or to one of its documents: good for an `ETag`.
    pub version: u64,
    /// Its documents, in the order in which they were handed in.
    #[serde(default)]
    pub documents: Vec<DocumentRecord>,
}

static CREATE_SUBMISSION: Script = Script::new(
    "create_submission",
    include_str!("../lua/operations/create_submission.lua"),
);
static SUBMISSION: Script = Script::new("submission", include_str!("../lua/operations/submission.lua"));
static SUBMISSIONS: Script = Script::new("submissions", include_str!("../lua/operations/submissions.lua"));

impl Ledger {
    /// Creates a submission; each of its documents is `awaiting-upload`.
    ///
    /// Creating the same id again, or using the same idempotency key for the same request, is [`Created::Replayed`].
    pub fn create_submission(&self, submission: &NewSubmission) -> Call<Created> {
        let documents: Vec<_> = submission
            .documents
            .iter()
            .map(|document| json!({ "id": document.id, "facts": wire::facts_as_text(&document.facts) }))
            .collect();
        self.call(
            &CREATE_SUBMISSION,
            json!({
                "id": submission.id,
                "owner": submission.owner,
                "title": submission.title,
                "name_of_owner": submission.name_of_owner,
                "evaluators": submission.evaluators,
                "idempotency_key": submission.idempotency.as_ref().map(|idempotency| &idempotency.key),
                "fingerprint": submission.idempotency.as_ref().map(|idempotency| &idempotency.fingerprint),
                "most_per_day": submission.most_per_day,
                "keep_for": submission.keep_for.map(wire::milliseconds),
                "documents": documents,
            }),
        )
    }

    /// One submission with its documents, or `None` when there is none of that id.
    pub fn submission(&self, id: &str) -> Call<Option<SubmissionRecord>> {
        self.find(&SUBMISSION, json!({ "id": id }))
    }

    /// The submissions of one owner, newest first: at most `limit` of them, from `after` on, which is the `next` of the
    /// page before.
    pub fn submissions(&self, owner: &str, after: Option<&str>, limit: u32) -> Call<Page<SubmissionRecord>> {
        self.call(
            &SUBMISSIONS,
            json!({ "owner": owner, "after": after, "limit": limit.max(1) }),
        )
    }
}

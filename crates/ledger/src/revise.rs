//! What a teacher changes in a submission that exists.

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Facts, Failure, Idempotency, Ledger, NewDocument, State, call::Script, wire};

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", content = "state", rename_all = "kebab-case")]
pub enum Revised {
    /// It is as it was asked for, now or already before.
    Done,
    /// A document is in this state, in which that can no longer be. Nothing changed.
    Refused(State),
    /// There is no such submission.
    Unknown,
}

/// A document that is to take a failed one's place.
#[derive(Debug, Clone)]
pub struct Replace {
    /// Whose the submission is.
    pub owner: String,
    /// The submission.
    pub submission: String,
    /// The document that failed.
    pub document: String,
    /// The one that takes its place.
    pub new: NewDocument,
    /// The request's idempotency key, where it has one.
    pub idempotency: Option<Idempotency>,
}

/// What came of [`Ledger::replace_document`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", content = "state", rename_all = "kebab-case")]
pub enum Replaced {
    /// The new document awaits its upload.
    Done,
    /// The same request was made before.
    Replayed,
    /// The idempotency key was used before, for another request. Nothing changed.
    KeyReused,
    /// The document is in this state; only one that failed, is in its submission still, and was not withdrawn can be
    /// replaced. Nothing changed.
    Refused(State),
    /// There is no such document in the submission.
    Unknown,
}

static RENAME: Script = Script::new("rename", include_str!("../lua/operations/rename.lua"));
static WITHDRAW: Script = Script::new("withdraw", include_str!("../lua/operations/withdraw.lua"));
static REPLACE_DOCUMENT: Script = Script::new(
    "replace_document",
    include_str!("../lua/operations/replace_document.lua"),
);

impl Ledger {
    /// Gives a submission another title and patches its documents' facts, unless a document is in one of the states
    /// `unless`.
    pub fn rename(&self, submission: &str, title: &str, facts_patch: &Facts, unless: &[State]) -> Call<Revised> {
        self.call(
            &RENAME,
            json!({
                "submission": submission,
                "title": title,
                "facts_patch": wire::facts_as_text(facts_patch),
                "unless": unless,
            }),
        )
    }

    /// Fails all documents of a submission, if each is failed already or in one of the states `from`, and takes them out of
    /// their queues. Withdrawing twice changes nothing the second time.
    pub fn withdraw(&self, submission: &str, from: &[State], failure: &Failure) -> Call<Revised> {
        self.call(
            &WITHDRAW,
            json!({ "submission": submission, "from": from, "failure": failure }),
        )
    }

    /// Puts a new document, which awaits its upload, in the place of one that failed. The failed one keeps its history, and
    /// leaves the dead letters if it is among them.
    pub fn replace_document(&self, replace: &Replace) -> Call<Replaced> {
        self.call(
            &REPLACE_DOCUMENT,
            json!({
                "owner": replace.owner,
                "submission": replace.submission,
                "document": replace.document,
                "new": replace.new.id,
                "facts": wire::facts_as_text(&replace.new.facts),
                "idempotency_key": replace.idempotency.as_ref().map(|idempotency| &idempotency.key),
                "fingerprint": replace.idempotency.as_ref().map(|idempotency| &idempotency.fingerprint),
            }),
        )
    }
}

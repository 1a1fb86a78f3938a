//! Putting back what Redis lost.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Enqueue, Facts, Failure, Ledger, State, Timestamp, call::Script, wire};

/// A submission that was known before Redis was lost.
#[derive(Debug, Clone)]
pub struct LostSubmission {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// What its teacher called it.
    pub title: String,
    /// The teacher's name as evaluators see it, where it is known.
    pub name_of_owner: Option<String>,
    /// Who may read it.
    pub evaluators: String,
    /// Since when.
    pub assigned_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its teacher withdrew it, if they did.
    pub withdrawn_at: Option<Timestamp>,
    /// How long it is kept after the last thing that happened to it; for ever without.
    pub keep_for: Option<Duration>,
    /// Its documents, in the order in which they were handed in.
    pub documents: Vec<LostDocument>,
}

/// A document of a [`LostSubmission`], and where it is to go on.
#[derive(Debug, Clone)]
pub struct LostDocument {
    /// Its id.
    pub id: String,
    /// What is known about it.
    pub facts: Facts,
    /// Where it is.
    pub state: State,
    /// Its item. A state in flight needs one, any other must have none.
    pub enqueue: Option<Enqueue>,
    /// Why, if it is `Failed`.
    pub failure: Option<Failure>,
}

/// What came of [`Ledger::restore`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Restored {
    /// The documents that were not there and are now.
    #[serde(default)]
    pub restored: Vec<String>,
}

static RESTORE: Script = Script::new("restore", include_str!("../lua/operations/restore.lua"));

impl Ledger {
    /// Puts back a submission that Redis has lost. What is there is left as it is, so doing it twice does it once.
    ///
    /// A document that is in flight begins a new round (see [`Item::round`](crate::Item::round)): the third party may have called back
    /// already, and what it said be lost with the rest.
    ///
    /// Redis answers with an error, and nothing changes, when a document in flight would be left without an item, a document
    /// that is not in flight would be given one, or one would be failed without a reason.
    pub fn restore(&self, lost: &LostSubmission, by: &str) -> Call<Restored> {
        let document = |document: &LostDocument| {
            json!({
                "id": document.id,
                "facts": wire::facts_as_text(&document.facts),
                "state": document.state,
                "enqueue": document.enqueue.as_ref().map(Enqueue::arguments),
                "failure": document.failure,
            })
        };
        self.call(
            &RESTORE,
            json!({
                "id": lost.id,
                "owner": lost.owner,
                "title": lost.title,
                "name_of_owner": lost.name_of_owner,
                "evaluators": lost.evaluators,
                "assigned_at": lost.assigned_at,
                "created_at": lost.created_at,
                "withdrawn_at": lost.withdrawn_at,
                "keep_for": lost.keep_for.map(wire::milliseconds),
                "documents": lost.documents.iter().map(document).collect::<Vec<_>>(),
                "by": by,
            }),
        )
    }
}

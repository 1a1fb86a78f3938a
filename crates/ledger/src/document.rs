//! Documents: their record and their history.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Call, Failure, Ledger, State, Timestamp, call::Script, wire};

/// What is known about a document, by name. The ledger carries facts and does not read them; a patch is merged name by
/// name, and a null in it removes.
pub type Facts = serde_json::Map<String, Value>;

/// A document as it is now.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DocumentRecord {
    /// Its id.
    pub id: String,
    /// The submission that it belongs to.
    pub submission: String,
    /// Whose it is.
    pub owner: String,
    /// Where it is.
    pub state: State,
    /// Since when it has been in that state.
    pub since: Timestamp,
    /// A number that grows with every change to it: good for an `ETag`.
    pub version: u64,
    /// What is known about it.
    #[serde(deserialize_with = "wire::facts_from_text")]
    pub facts: Facts,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// The third party's id of the review: the latest that was accepted or that called back.
    pub review: Option<String>,
    /// The third party that has, or had, it: the latest to which a worker brought it.
    pub vendor: Option<String>,
    /// Its entry in a queue. A document in flight always has one, any other never has.
    pub item: Option<QueueEntry>,
    /// The queue among whose dead letters it is, if it is.
    pub dead_letter: Option<String>,
}

impl DocumentRecord {
    /// When something that failed is tried again. While a worker or the third party has the document, nothing is.
    pub fn next_attempt_at(&self) -> Option<Timestamp> {
        self.item
            .as_ref()
            .filter(|item| item.phase == Phase::Queued && item.failures > 0)
            .map(|item| item.visible_at)
    }
}

/// A document's entry in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QueueEntry {
    /// The queue.
    pub queue: String,
    /// What it is waiting for.
    pub phase: Phase,
    /// How many attempts have failed since it was queued or redriven.
    pub failures: u32,
    /// When it becomes due: when the delay, the lease or the third party's time is over, by its phase.
    pub visible_at: Timestamp,
    /// When it was queued.
    pub enqueued_at: Timestamp,
}

/// What an entry in a queue is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// For a worker, at once or after a delay.
    Queued,
    /// For the worker that has it.
    Leased,
    /// For the third party's callback.
    Waiting,
}

/// One line of a document's history.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HistoryEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What happened, in kebab-case: the event that the caller named, or one of the ledger's own (`created`, `received`,
    /// `accepted`, `attempt-failed`, `callback-overdue`, `callback-received`, `dead-lettered`, `redriven`,
    /// `discarded`, `restored`).
    pub event: String,
    /// The state that the document was in, if the event changed it.
    pub from: Option<State>,
    /// The state that the document was in afterwards.
    pub state: State,
    /// The queue whose entry it was about.
    pub queue: Option<String>,
    /// The receipt under which it happened.
    pub receipt: Option<u64>,
    /// The worker that took it.
    pub worker: Option<String>,
    /// Who did it, if it was a person.
    pub by: Option<String>,
    /// The third party's id of the review that it was about.
    pub review: Option<String>,
    /// What failed.
    pub failure: Option<Failure>,
    /// When the next attempt is due: after one that failed, or if the third party does not call back.
    pub next_attempt_at: Option<Timestamp>,
    /// What the caller added.
    #[serde(default, deserialize_with = "wire::value_from_text")]
    pub detail: Option<Value>,
}

#[derive(Deserialize)]
struct History {
    #[serde(default)]
    entries: Vec<HistoryEntry>,
}

static DOCUMENT: Script = Script::new("document", include_str!("../lua/operations/document.lua"));
static HISTORY: Script = Script::new("history", include_str!("../lua/operations/history.lua"));

impl Ledger {
    /// One document, or `None` when there is none of that id.
    pub fn document(&self, id: &str) -> Call<Option<DocumentRecord>> {
        self.find(&DOCUMENT, json!({ "document": id }))
    }

    /// What happened to a document, oldest first; empty when there is none of that id.
    ///
    /// The ledger keeps the creation and the latest thousand events, so that a document that is retried for years stays
    /// small.
    pub fn history(&self, id: &str) -> Call<Vec<HistoryEntry>> {
        self.call_reading(&HISTORY, json!({ "document": id }), |reply| {
            serde_json::from_slice(reply).map(|History { entries }| entries)
        })
    }
}

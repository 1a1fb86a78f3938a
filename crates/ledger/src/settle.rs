//! What a worker says about an item that it took.
//!
//! Every operation here names the item by its queue, its document and its receipt. If another worker has taken the
//! item since (the lease ran out), or the item has left the queue, nothing happens.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Call, Enqueue, Facts, Failure, Ledger, State, call::Script, wire};

/// What came of settling an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Settled {
    /// It is done.
    Done,
    /// The receipt is not (or no longer) what settles the item. Nothing changed.
    Stale {
        /// Where the document is.
        state: State,
    },
    /// The document is not in the queue. Nothing changed.
    Gone {
        /// Where the document is; `None` when there is no such document.
        state: Option<State>,
    },
}

/// A stage that is finished.
#[derive(Debug, Clone)]
pub struct Complete {
    /// The state that the document enters.
    pub to: State,
    /// What the history calls it, in kebab-case.
    pub event: &'static str,
    /// What the history says besides.
    pub detail: Option<Value>,
    /// The next stage's item. A state in flight needs one; `Ready` must have none.
    pub handoff: Option<Enqueue>,
    /// Facts that have changed.
    pub facts_patch: Option<Facts>,
}

/// A stage that goes on at the third party.
#[derive(Debug, Clone)]
pub struct Wait {
    /// How long the callback may take before the item is due again.
    pub deadline: Duration,
    /// The state that the document enters.
    pub to: State,
    /// The third party's id of the review. Each one ever accepted for the document is kept.
    pub review: String,
    /// Facts that have changed.
    pub facts_patch: Option<Facts>,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fail {
    /// Why.
    pub failure: Failure,
    /// What follows.
    pub next: Next,
    /// What the attempt has shown of the third party.
    pub dependency: Dependency,
}

/// What an attempt has shown of whatever the stage depends on: a third party, the bucket, the database. It is what the
/// queue's circuit breaker goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dependency {
    /// It does its part; what failed is the document's own fault.
    Up,
    /// It does not do its part: it cannot be reached, or says that it cannot now.
    Down,
    /// Nothing.
    #[default]
    Unknown,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt, after this time.
    RetryIn(Duration),
    /// No other: the policy is spent, or the failure is permanent. The document fails.
    DeadLetter,
}

static COMPLETE: Script = Script::new("complete", include_str!("../lua/operations/complete.lua"));
static WAIT: Script = Script::new("wait", include_str!("../lua/operations/wait.lua"));
static FAIL: Script = Script::new("fail", include_str!("../lua/operations/fail.lua"));
static EXTEND: Script = Script::new("extend", include_str!("../lua/operations/extend.lua"));

impl Ledger {
    /// Settles an item, queues the next stage's, moves the document and patches its facts.
    ///
    /// Redis answers with an error, and nothing changes, when a document in flight would be left without an item, or a
    /// document that is not in flight would be given one.
    pub fn complete(&self, queue: &str, document: &str, receipt: u64, complete: &Complete) -> Call<Settled> {
        self.call(
            &COMPLETE,
            json!({
                "queue": queue,
                "document": document,
                "receipt": receipt,
                "to": complete.to,
                "event": complete.event,
                "detail": complete.detail.as_ref().map(Value::to_string),
                "handoff": complete.handoff.as_ref().map(Enqueue::arguments),
                "facts_patch": complete.facts_patch.as_ref().map(wire::facts_as_text),
            }),
        )
    }

    /// Keeps an item, out of sight, until the third party calls back or the deadline passes.
    pub fn wait(&self, queue: &str, document: &str, receipt: u64, wait: &Wait) -> Call<Settled> {
        self.call(
            &WAIT,
            json!({
                "queue": queue,
                "document": document,
                "receipt": receipt,
                "deadline": wire::milliseconds(wait.deadline),
                "to": wait.to,
                "review": wait.review,
                "facts_patch": wait.facts_patch.as_ref().map(wire::facts_as_text),
            }),
        )
    }

    /// Records a failed attempt, and gives the item back after a delay or moves it to the dead letters.
    ///
    /// While the queue's circuit breaker is open, an attempt that failed because the third party is down does not count against
    /// the document's policy, whatever `next` says: the item is given back, and is due when the third party is probed next.
    pub fn fail(&self, queue: &str, document: &str, receipt: u64, fail: &Fail) -> Call<Settled> {
        let retry_in = match fail.next {
            Next::RetryIn(delay) => Some(wire::milliseconds(delay)),
            Next::DeadLetter => None,
        };
        self.call(
            &FAIL,
            json!({
                "queue": queue,
                "document": document,
                "receipt": receipt,
                "failure": fail.failure,
                "retry_in": retry_in,
                "dependency": (fail.dependency != Dependency::Unknown).then_some(fail.dependency),
            }),
        )
    }

    /// Makes the lease last this long from now.
    pub fn extend(&self, queue: &str, document: &str, receipt: u64, lease: Duration) -> Call<Settled> {
        self.call(
            &EXTEND,
            json!({ "queue": queue, "document": document, "receipt": receipt, "lease": wire::milliseconds(lease) }),
        )
    }
}

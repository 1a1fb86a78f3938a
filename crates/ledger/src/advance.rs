//! Moving a document that no worker holds.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Call, Facts, Failure, Ledger, State, call::Script, wire};

/// An entry for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enqueue {
    /// The queue.
    pub queue: String,
    /// What the worker needs to know, in JSON; the ledger carries it and does not read it.
    pub body: String,
    /// How long it stays invisible.
    pub delay: Duration,
    /// The W3C trace context, so that a document's way is one trace. Without one, the entry that this one follows hands
    /// on its own.
    pub traceparent: Option<String>,
}

impl Enqueue {
    /// An entry that is due at once and keeps the trace.
    pub fn now(queue: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            queue: queue.into(),
            body: body.into(),
            delay: Duration::ZERO,
            traceparent: None,
        }
    }

    pub(crate) fn arguments(&self) -> Value {
        json!({
            "queue": self.queue,
            "body": self.body,
            "delay": wire::milliseconds(self.delay),
            "traceparent": self.traceparent,
        })
    }
}

/// A move from one of several states to another.
#[derive(Debug, Clone)]
pub struct Advance {
    /// The states in which the move makes sense; in any other, nothing happens.
    pub from: Vec<State>,
    /// The state that the document enters.
    pub to: State,
    /// What the history calls it, in kebab-case.
    pub event: &'static str,
    /// Who wants it, if it is a person.
    pub by: Option<String>,
    /// What the history says besides.
    pub detail: Option<Value>,
    /// The queue entry that goes with the new state. A state in flight needs one (the document may have it already),
    /// any other state ends the one that the document has.
    pub enqueue: Option<Enqueue>,
    /// Why, when the new state is `Failed`.
    pub failure: Option<Failure>,
    /// Facts that have changed.
    pub facts_patch: Option<Facts>,
}

/// What came of [`Ledger::advance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", content = "state", rename_all = "kebab-case")]
pub enum Advanced {
    /// The document moved.
    Moved,
    /// The document is in this state, which is not one of those that the move starts from. Nothing changed.
    Already(State),
    /// There is no such document.
    Unknown,
}

static ADVANCE: Script = Script::new("advance", include_str!("../lua/operations/advance.lua"));

impl Ledger {
    /// Moves a document that no worker holds, queues its next step and patches its facts, if it is in one of the states
    /// that the move starts from.
    ///
    /// Redis answers with an error, and nothing changes, when the move would leave a document in flight without a queue
    /// entry, or give an entry to one that is not in flight.
    pub fn advance(&self, document: &str, advance: &Advance) -> Call<Advanced> {
        self.call(
            &ADVANCE,
            json!({
                "document": document,
                "from": advance.from,
                "to": advance.to,
                "event": advance.event,
                "by": advance.by,
                "detail": advance.detail.as_ref().map(Value::to_string),
                "enqueue": advance.enqueue.as_ref().map(Enqueue::arguments),
                "failure": advance.failure,
                "facts_patch": advance.facts_patch.as_ref().map(wire::facts_as_text),
            }),
        )
    }
}

//! Taking work.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Facts, HeldBack, Ledger, Limits, State, Timestamp, call::Script, wire};

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct Receive {
    /// How many items it takes at most.
    pub max: u32,
    /// How long they are hidden from others: longer than the work takes, short enough to be waited out after a crash.
    pub lease: Duration,
    /// How often an item may be taken without being settled before it is thought to kill its workers, and goes to the
    /// dead letters.
    pub max_receives: u32,
    /// The state that the documents enter, if taking them changes it.
    pub entering: Option<State>,
    /// Who is asking, for the history: an instance's name.
    pub worker: String,
    /// The third party to which the worker brings documents, where it does: the document's record says so from then on.
    pub vendor: Option<String>,
    /// What keeps workers from the queue. They are the deployment's data; the ledger keeps those of the latest worker.
    pub limits: Limits,
}

/// The work that was due.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Received {
    /// What was taken, the longest due first.
    #[serde(default)]
    pub items: Vec<Item>,
    /// How many more are due now.
    pub due: u64,
    /// When the next one is due, from now; `None` when nothing else is in the queue or everything else is due.
    #[serde(default, deserialize_with = "wire::duration_from_milliseconds")]
    pub next_due_in: Option<Duration>,
    /// Why fewer were taken than the worker had room for, although more are due. Whatever ends that rings the bell.
    #[serde(default)]
    pub held_back: Option<HeldBack>,
}

/// A document in a worker's hands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Item {
    /// The document.
    pub document: String,
    /// The submission that it belongs to.
    pub submission: String,
    /// Whose it is.
    pub owner: String,
    /// The owner's name, where it is known.
    pub name_of_owner: Option<String>,
    /// Who may read the submission.
    pub evaluators: String,
    /// Since when: what is written for an earlier time must not take the place of what is written for a later one.
    pub assigned_at: Timestamp,
    /// The submission's title.
    pub title: String,
    /// What settles it. It grows each time that the document is taken from this queue, over all of its lives there.
    pub receipt: u64,
    /// How many attempts have failed since it was queued or redriven.
    pub failures: u32,
    /// What was queued.
    pub body: String,
    /// What is known about the document.
    #[serde(deserialize_with = "wire::facts_from_text")]
    pub facts: Facts,
    /// The third party's id of the review, where there is one.
    pub review: Option<String>,
    /// How often it was set on its way again after a third party had accepted it and it came to nothing. Whoever asks a third
    /// party makes it a part of the idempotency key: the same round, the same review.
    pub round: u32,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
    /// When it was queued.
    pub enqueued_at: Timestamp,
    /// When it was taken, by Redis's clock.
    pub now: Timestamp,
    /// It had waited for a callback that did not come in time. That is among the `failures`, and stays true until the
    /// item is settled.
    pub callback_overdue: bool,
}

static RECEIVE: Script = Script::new("receive", include_str!("../lua/operations/receive.lua"));

impl Ledger {
    /// Takes what is due from a queue and hides it for the lease.
    ///
    /// A worker that was rung takes until `due` is 0.
    pub fn receive(&self, queue: &str, receive: &Receive) -> Call<Received> {
        self.call(
            &RECEIVE,
            json!({
                "queue": queue,
                "max": receive.max,
                // An item with no lease would be due again before the script is over.
                "lease": wire::milliseconds(receive.lease).max(1),
                "max_receives": receive.max_receives.max(1),
                "entering": receive.entering,
                "worker": receive.worker,
                "vendor": receive.vendor,
                "limits": receive.limits.as_text(),
            }),
        )
    }
}

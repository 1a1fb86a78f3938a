//! A third party's callback.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Enqueue, Ledger, State, call::Script, wire};

/// A callback whose signature was checked.
#[derive(Debug, Clone)]
pub struct CallbackReceipt {
    /// Who called: webhook ids are one vendor's own.
    pub vendor: String,
    /// The `webhook-id` of Standard Webhooks: the same for every delivery of one event.
    pub webhook_id: String,
    /// The third party's id of the review.
    pub review: String,
    /// How far a webhook's timestamp may be from now. An id is remembered for three times as long, which is more than a
    /// replay could pass the check of the timestamp: a timestamp may also lie ahead, and whoever checks it has another
    /// clock than Redis.
    pub tolerance: Duration,
    /// The queue in which the document waits for the callback.
    pub awaiting: String,
    /// The states in which a callback is expected.
    pub from: Vec<State>,
    /// The state that the document enters.
    pub to: State,
    /// The next stage's item.
    pub enqueue: Enqueue,
}

/// What came of [`Ledger::record_callback`]. Only `Queued` changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", content = "state", rename_all = "kebab-case")]
pub enum Recorded {
    /// The document waits no longer, and its next stage is queued.
    Queued,
    /// This webhook was recorded before.
    Duplicate,
    /// The document is in this state, in which no callback is expected.
    NotAwaited(State),
    /// The review is none of those that were accepted for this document, or is known to be of another.
    OtherReview,
    /// There is no such document.
    Unknown,
}

static RECORD_CALLBACK: Script = Script::new("record_callback", include_str!("../lua/operations/record_callback.lua"));

impl Ledger {
    /// Takes a document out of the queue in which it waits for the third party, and queues its next stage.
    ///
    /// A callback may overtake the third party's own answer. While the document is not (yet, or any more) waiting, any
    /// review that is not known to be of another document is taken for its own: the request is on its way, or its answer was lost. The worker that sent it
    /// finds its item gone, and changes nothing.
    pub fn record_callback(&self, document: &str, callback: &CallbackReceipt) -> Call<Recorded> {
        self.call(
            &RECORD_CALLBACK,
            json!({
                "document": document,
                "vendor": callback.vendor,
                "webhook_id": callback.webhook_id,
                "review": callback.review,
                "remembered": wire::milliseconds(callback.tolerance.saturating_mul(3)),
                "awaiting": callback.awaiting,
                "from": callback.from,
                "to": callback.to,
                "enqueue": callback.enqueue.arguments(),
            }),
        )
    }
}

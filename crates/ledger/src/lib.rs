//! The durable queues and the state of every document in flight, moved atomically in Redis.
//!
//! A message in Redis is a doorbell, never the work. The work is here: each document on its way has an item in a queue,
//! with the semantics of SQS (a lease, a receipt, a receive count, dead letters), and every change to a document's state, its
//! history and its item is one Lua script. So they can never disagree, and there is no moment in which a document on
//! its way is in no queue.
//!
//! The crate does no I/O. An operation is a method of [`Ledger`] that gives a [`Call`]: the arguments of an `EVALSHA`,
//! and how to read the answer. A Wasm component sends it through Spin, a test through the `redis` crate:
//!
//! ```
//! use std::time::Duration;
//! use ledger::{Ledger, Limits, Receive, State};
//!
//! let ledger = Ledger::new("dossier");
//! let call = ledger.receive(
//!     "transfer",
//!     &Receive {
//!         max: 32,
//!         lease: Duration::from_secs(60),
//!         max_receives: 5,
//!         entering: Some(State::Transferring),
//!         worker: "transfer-1".into(),
//!         vendor: Some("review".into()),
//!         limits: Limits::default(),
//!     },
//! );
//! let _for_evalsha: Vec<Vec<u8>> = call.arguments();
//!
//! let received = call.decode(br#"{"due":0}"#)?; // what Redis answered
//! assert!(received.items.is_empty());
//! # Ok::<(), ledger::Error>(())
//! ```
//!
//! # What is where in Redis
//!
//! Every key begins with the ledger's tag in braces, so that all of them are in one slot of a cluster. That beginning is
//! the one key that a script is given; it derives the others from it, since only inside it is known which documents are due.
//! No key but the alarms has a TTL, so the alarms go off on time (Redis looks for expired keys by sampling those that
//! have one). Redis must not evict: `maxmemory-policy noeviction`.
//!
//! | key | what |
//! | --- | --- |
//! | `{tag}:submission:<id>` | hash: a submission |
//! | `{tag}:documents:<submission>` | list: its documents' ids, in order |
//! | `{tag}:submissions:<owner>` | sorted set, by name: an owner's submissions |
//! | `{tag}:erasure:<submission>` | hash: the receipt of a submission that was erased |
//! | `{tag}:changes:<submission>` | stream of one entry: the latest version, while somebody watches |
//! | `{tag}:idempotency:<owner>` | hash: idempotency keys and what they made |
//! | `{tag}:document:<id>` | hash: a document's state, its facts, its receive counts |
//! | `{tag}:history:<id>` | list: what happened to it |
//! | `{tag}:reviews:<id>` | set: the reviews that third parties accepted for it |
//! | `{tag}:reviewed:<queue>` | hash: the document of each review that was accepted, or called back, for an item of the queue |
//! | `{tag}:queue:<queue>` | sorted set: each document in the queue, by the time when it is due |
//! | `{tag}:leased:<queue>`, `{tag}:waiting:<queue>` | sorted sets: those of them that a worker holds, that wait for a callback |
//! | `{tag}:dead:<queue>`, `{tag}:dead-letters` | sorted sets: the dead letters of a queue and of all, by the time when they were given up |
//! | `{tag}:item:<queue>:<id>` | hash: the item of a document in a queue, dead or alive |
//! | `{tag}:attempts:<queue>:<id>` | list: its latest failed attempts |
//! | `{tag}:meta:<queue>` | hash: whether a bell is pending, whether the queue is paused, its limits and its circuit breaker |
//! | `{tag}:failing:<queue>` | set: documents for which, in a row, the third party did not do its part |
//! | `{tag}:counters:<queue>`, `{tag}:reasons:<queue>`, `{tag}:durations:<state>` | hashes: what was counted |
//! | `{tag}:alarm:<queue>` | string with a TTL: the alarm |
//! | `{tag}:token-keys` | hash: the identity provider's keys, where they are fetched, and when they were last asked for |
//! | `{tag}:webhooks:<vendor>` | sorted set: webhook ids that were seen, by time |
//!
//! # Layout
//!
//! One module per step: [`Ledger::create_submission`], what its teacher changes in it ([`Ledger::rename`],
//! [`Ledger::withdraw`], [`Ledger::replace_document`]), who may read it ([`Ledger::assign`]), [`Ledger::watch`], [`Ledger::advance`], [`Ledger::receive`], settling
//! ([`Ledger::complete`], [`Ledger::wait`], [`Ledger::fail`], [`Ledger::extend`]), [`Ledger::record_callback`], dead letters
//! ([`Ledger::redrive`], [`Ledger::redrive_matching`], [`Ledger::discard`]), flow control ([`Ledger::pause`], [`Limits`]), the bell
//! ([`Ledger::ring`]), what was counted ([`Ledger::metrics`]), putting back what Redis lost ([`Ledger::restore`]), forgetting what
//! was kept long enough ([`Ledger::request_erasure`]), and the identity provider's keys ([`Ledger::token_keys`]). The
//! scripts have the operations' names, in `lua/operations/`; what they share is in `lua/`, a file per subject.

mod advance;
mod assign;
mod bell;
mod call;
mod callback;
mod dead_letter;
mod document;
mod error;
mod flow;
mod metrics;
mod receive;
mod restore;
mod retention;
mod revise;
#[cfg(feature = "runner-redis")]
pub mod runner;
mod settle;
mod state;
mod stats;
mod submission;
mod time;
mod token_keys;
mod watch;
mod wire;

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

pub use advance::{Advance, Advanced, Enqueue};
pub use assign::Assigned;
pub use bell::{EXPIRY_CHANNEL, Rung};
pub use call::{Call, Script};
pub use callback::{CallbackReceipt, Recorded};
pub use dead_letter::{
    CALLBACK_OVERDUE, DeadLetter, DeadLetterFilter, FailedAttempt, Handled, Redrive, Redriven, Route, WORKER_CRASHED,
};
pub use document::{DocumentRecord, Facts, HistoryEntry, Phase, QueueEntry};
pub use error::{Error, Fault};
pub use flow::{Changed, Circuit, CircuitBreaker, CircuitState, HeldBack, Hold, Limits, Paused, RateLimit};
pub use metrics::{Histogram, Metrics, QueueMetrics};
pub use receive::{Item, Receive, Received};
pub use restore::{LostDocument, LostSubmission, Restored};
pub use retention::{Deleted, ERASE, Erasing, Erasure, Erasures};
pub use revise::{Replace, Replaced, Revised};
pub use settle::{Complete, Dependency, Fail, Next, Settled, Wait};
pub use state::{Failure, State};
pub use stats::QueueStats;
pub use submission::{Created, Idempotency, NewDocument, NewSubmission, SubmissionRecord};
pub use time::Timestamp;
pub use token_keys::KeptKeys;
pub use watch::Watch;

/// The operations on one ledger. It holds no connection and no state.
#[derive(Debug, Clone)]
pub struct Ledger {
    tag: String,
    /// The tag in braces: what every key begins with.
    root: String,
    clock_offset: Duration,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Found<T> {
    found: Option<T>,
}

impl Ledger {
    /// The ledger under a hash tag: a word, without braces. Several ledgers may share a Redis.
    pub fn new(tag: &str) -> Self {
        Self {
            tag: tag.to_owned(),
            root: format!("{{{tag}}}"),
            clock_offset: Duration::ZERO,
        }
    }

    /// The same ledger, as it will be seen when this much time has passed.
    ///
    /// It exists so that tests need not sleep until a lease runs out. All operations on a ledger must agree on the
    /// time: never mix offsets that go backwards, and use none in production.
    #[must_use]
    pub fn with_clock_offset(&self, clock_offset: Duration) -> Self {
        Self {
            clock_offset,
            ..self.clone()
        }
    }

    /// A call whose answer is an `R` in JSON.
    fn call<R: DeserializeOwned>(&self, script: &'static Script, arguments: Value) -> Call<R> {
        self.call_reading(script, arguments, |reply| serde_json::from_slice(reply))
    }

    /// A call whose answer has an `R`, or nothing, as its field `found`.
    fn find<R: DeserializeOwned>(&self, script: &'static Script, arguments: Value) -> Call<Option<R>> {
        self.call_reading(script, arguments, |reply| {
            serde_json::from_slice(reply).map(|Found { found }| found)
        })
    }

    fn call_reading<R>(
        &self,
        script: &'static Script,
        arguments: Value,
        decode: fn(&[u8]) -> Result<R, serde_json::Error>,
    ) -> Call<R> {
        Call::new(script, &self.root, arguments, self.clock_offset, decode)
    }
}

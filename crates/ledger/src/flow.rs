//! Flow control: what keeps workers from a queue although something is due in it.
//!
//! An operator [pauses](Ledger::pause) a queue. A deployment limits it: how many of its items workers hold at once, over all
//! replicas; how many wait for a third party; how many are taken per second (a token bucket). And a *circuit breaker* keeps
//! workers from a third party that is down: after several documents in a row for which it did not do its part, nobody takes
//! anything, but for one document from time to time that probes whether it is back. What such a probe finds does not count
//! against that document's retry policy, so that an outage does not make dead letters of everything that is under way.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Call, Ledger, Timestamp, call::Script, wire};

/// What a queue's workers may take. The default has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// How many items workers hold at once, over all replicas.
    pub max_in_flight: Option<u32>,
    /// How many items are in a third party's hands, those that are on their way to it included.
    pub max_waiting: Option<u32>,
    /// How many items are taken per second, on average.
    #[serde(flatten)]
    pub rate: Option<RateLimit>,
    /// What happens when a third party does not do its part.
    pub breaker: Option<CircuitBreaker>,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateLimit {
    /// How many tokens come per second.
    #[serde(rename = "rate")]
    pub per_second: f64,
    /// How many tokens there are at most: so many items are taken at once after a pause. At least 1.
    pub burst: u32,
}

/// When a third party is taken to be down, and how it is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitBreaker {
    /// For how many different documents in a row it did not do its part. One document cannot open the breaker.
    pub threshold: u32,
    /// How long after that it is probed for the first time.
    #[serde(with = "wire::in_milliseconds")]
    pub probe_interval: Duration,
    /// The pause doubles with each probe that fails, up to this.
    #[serde(with = "wire::in_milliseconds")]
    pub max_probe_interval: Duration,
    /// For how long the breaker spares the documents' policies. After that, a probe that fails counts: a third party that never
    /// comes back must not keep documents under way for ever.
    #[serde(with = "wire::in_milliseconds")]
    pub max_open: Duration,
}

impl Limits {
    /// As scripts and readers of the queue's statistics take it.
    pub(crate) fn as_text(self) -> Option<String> {
        (self != Self::default()).then(|| json!(self).as_object().map(without_nulls).unwrap_or_default())
    }
}

fn without_nulls(fields: &serde_json::Map<String, serde_json::Value>) -> String {
    let fields = fields.iter().filter(|(_, value)| !value.is_null());
    json!(fields.collect::<std::collections::BTreeMap<_, _>>()).to_string()
}

/// Why workers get less from a queue than is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldBack {
    /// An operator has paused the queue.
    Paused,
    /// Workers hold as many items as the limit allows.
    InFlight,
    /// The third party has as many documents as the limit allows.
    Waiting,
    /// As many items were taken as the rate allows.
    Rate,
    /// The third party is down.
    CircuitOpen,
}

impl HeldBack {
    /// The word for it, in kebab-case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::InFlight => "in-flight",
            Self::Waiting => "waiting",
            Self::Rate => "rate",
            Self::CircuitOpen => "circuit-open",
        }
    }
}

/// A pause that an operator has made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Paused {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A circuit breaker that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Circuit {
    /// Whether the third party is being probed.
    pub state: CircuitState,
    /// Since when the third party is taken to be down.
    pub since: Timestamp,
    /// When it is probed next; of one that is being probed, when the probe is given up.
    pub probe_at: Timestamp,
}

/// Where a circuit breaker stands that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// Nobody takes anything.
    Open,
    /// One document probes whether the third party is back.
    HalfOpen,
}

/// Why the latest worker got less than was due, and until when nobody gets more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: HeldBack,
    /// Until when, at the latest.
    #[serde(rename = "until_when")]
    pub until: Timestamp,
}

/// Whether a call changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Changed {
    /// It did. If not, it was so already.
    pub changed: bool,
}

static PAUSE: Script = Script::new("pause", include_str!("../lua/operations/pause.lua"));
static RESUME: Script = Script::new("resume", include_str!("../lua/operations/resume.lua"));

impl Ledger {
    /// Keeps workers from a queue until it is [resumed](Self::resume). What they hold already is settled as ever, and whoever
    /// queues goes on queueing. A queue that is paused keeps who paused it first, and why.
    pub fn pause(&self, queue: &str, by: &str, reason: &str) -> Call<Changed> {
        self.call(&PAUSE, json!({ "queue": queue, "by": by, "reason": reason }))
    }

    /// Lets workers at a queue again.
    pub fn resume(&self, queue: &str) -> Call<Changed> {
        self.call(&RESUME, json!({ "queue": queue }))
    }
}

//! What is in the queues.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Circuit, Hold, Ledger, Limits, Paused, call::Script, wire};

/// A queue in numbers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct QueueStats {
    /// The queue.
    pub queue: String,
    /// Everything in it but the dead letters.
    pub depth: u64,
    /// What a worker could take now.
    pub due: u64,
    /// What workers hold.
    pub in_flight: u64,
    /// What waits for a callback.
    pub waiting: u64,
    /// What waits for its delay to pass.
    pub delayed: u64,
    /// What was given up.
    pub dead: u64,
    /// For how long the oldest of what is due has been due.
    #[serde(default, deserialize_with = "wire::duration_from_milliseconds")]
    pub oldest_due_age: Option<Duration>,
    /// What its latest worker was told of its limits.
    #[serde(default, deserialize_with = "wire::limits_from_text")]
    pub limits: Limits,
    /// Whether an operator has paused it.
    pub paused: Option<Paused>,
    /// Its circuit breaker, unless it is closed.
    pub circuit: Option<Circuit>,
    /// What keeps workers from it now, besides a pause.
    pub held_back: Option<Hold>,
}

#[derive(Deserialize)]
struct Queues {
    #[serde(default)]
    queues: Vec<QueueStats>,
}

static QUEUE_STATS: Script = Script::new("queue_stats", include_str!("../lua/operations/queue_stats.lua"));

impl Ledger {
    /// The queues in numbers, in the order in which they are asked for. A queue that was never used is empty.
    pub fn queue_stats(&self, queues: &[&str]) -> Call<Vec<QueueStats>> {
        self.call_reading(&QUEUE_STATS, json!({ "queues": queues }), |reply| {
            serde_json::from_slice(reply).map(|Queues { queues }| queues)
        })
    }
}

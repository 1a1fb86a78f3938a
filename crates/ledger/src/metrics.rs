//! What was counted, since the ledger exists.
//!
//! The ledger counts, because it is the one place that every replica's every attempt goes through; counters in the components
//! would be lost with their instances.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Ledger, State, call::Script};

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Of each queue, in the order in which they were asked for.
    pub queues: Vec<QueueMetrics>,
    /// How long documents stayed in each state, before they left it, in the order of [`State::ALL`].
    pub durations: Vec<(State, Histogram)>,
}

/// What was counted of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMetrics {
    /// The queue.
    pub queue: String,
    /// How often an item was taken.
    pub attempts: u64,
    /// How often an item went to the dead letters.
    pub dead_lettered: u64,
    /// How often the circuit breaker opened.
    pub breaker_opened: u64,
    /// Failed attempts by the code of the reason: at most 64 codes, and `other`.
    pub failures: BTreeMap<String, u64>,
}

/// A histogram of durations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// The upper bound of each bucket, included, and how many are in it and no smaller one.
    pub buckets: Vec<(Duration, u64)>,
    /// How many were longer than all bounds.
    pub longer: u64,
    /// All of them together.
    pub sum: Duration,
}

impl Histogram {
    /// How many durations there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum::<u64>() + self.longer
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    queues: Vec<Counted>,
    durations: Vec<Durations>,
    bounds: Vec<u64>,
}

#[derive(Deserialize)]
struct Counted {
    queue: String,
    #[serde(default)]
    counters: Vec<Number>,
    #[serde(default)]
    reasons: Vec<Number>,
}

#[derive(Deserialize)]
struct Durations {
    state: State,
    #[serde(default)]
    counts: Vec<Number>,
}

#[derive(Deserialize)]
struct Number {
    name: String,
    count: u64,
}

fn by_name(numbers: Vec<Number>) -> BTreeMap<String, u64> {
    numbers.into_iter().map(|number| (number.name, number.count)).collect()
}

impl From<Counted> for QueueMetrics {
    fn from(counted: Counted) -> Self {
        let counters = by_name(counted.counters);
        let number = |name| counters.get(name).copied().unwrap_or_default();
        Self {
            queue: counted.queue,
            attempts: number("attempts"),
            dead_lettered: number("dead_lettered"),
            breaker_opened: number("breaker_opened"),
            failures: by_name(counted.reasons),
        }
    }
}

impl Durations {
    fn histogram(self, bounds: &[u64]) -> (State, Histogram) {
        let counts = by_name(self.counts);
        let count = |name: &str| counts.get(name).copied().unwrap_or_default();
        let histogram = Histogram {
            buckets: bounds
                .iter()
                .map(|bound| (Duration::from_millis(*bound), count(&bound.to_string())))
                .collect(),
            longer: count("inf"),
            sum: Duration::from_millis(count("sum")),
        };
        (self.state, histogram)
    }
}

static METRICS: Script = Script::new("metrics", include_str!("../lua/operations/metrics.lua"));

impl Ledger {
    /// What was counted of these queues, and of all documents.
    pub fn metrics(&self, queues: &[&str]) -> Call<Metrics> {
        self.call_reading(&METRICS, json!({ "queues": queues, "states": State::ALL }), |reply| {
            serde_json::from_slice(reply).map(|answer: Answer| Metrics {
                queues: answer.queues.into_iter().map(Into::into).collect(),
                durations: answer
                    .durations
                    .into_iter()
                    .map(|durations| durations.histogram(&answer.bounds))
                    .collect(),
            })
        })
    }
}

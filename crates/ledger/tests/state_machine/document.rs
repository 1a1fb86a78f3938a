//! A document in the model.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Phase, State};

/// A document. Times are in minutes.
#[derive(Debug, Clone)]
pub struct Document {
    /// The submission that it belongs, or belonged, to.
    pub submission: usize,
    pub is_replaced: bool,
    pub state: State,
    pub since: u64,
    /// The reason code, while it is failed.
    pub failure: Option<String>,
    pub review: Option<&'static str>,
    pub reviews: BTreeSet<&'static str>,
    pub round: u32,
    pub receipts: BTreeMap<&'static str, u64>,
    pub events: Vec<&'static str>,
    /// Its item in a queue, and whether that is among the dead letters.
    pub item: Option<Entry>,
    pub dead: Option<Entry>,
}

/// An item in a queue.
#[derive(Debug, Clone)]
pub struct Entry {
    pub queue: &'static str,
    /// The state in which it was queued.
    pub state: State,
    pub phase: Phase,
    pub visible_at: u64,
    pub enqueued_at: u64,
    pub failures: u32,
    pub receives: u32,
    pub overdue: bool,
}

impl Document {
    /// On its way again after it was given up.
    pub fn begin_round(&mut self) {
        if !self.reviews.is_empty() {
            self.round += 1;
        }
    }

    pub fn record(&mut self, now: u64, to: State, event: &'static str) {
        if self.state != to {
            self.state = to;
            self.since = now;
            self.failure = None;
        }
        self.events.push(event);
    }

    pub fn bury(&mut self, now: u64, code: &str) {
        let mut entry = self.item.take().expect("an item");
        entry.failures += 1;
        entry.visible_at = now;
        self.dead = Some(entry);
        self.record(now, State::Failed, "dead-lettered");
        self.failure = Some(code.to_owned());
    }
}

//! What can be done to a ledger, and what it answers.

use std::time::Duration;

use ledger::{Advanced, Created, Dependency, Handled, HeldBack, Limits, Recorded, Replaced, Revised, Settled, State};

pub const SUBMISSIONS: [(&str, &[&str]); 2] = [("s-1", &["a", "b"]), ("s-2", &["c"])];

/// One operation. Times are in hours; see [`duration`].
#[derive(Debug, Clone)]
pub enum Operation {
    Create {
        submission: usize,
    },
    Advance {
        document: &'static str,
        from: Vec<State>,
        to: State,
        enqueue: Option<Enqueue>,
        fails: bool,
    },
    Receive {
        queue: &'static str,
        max: u32,
        lease: u64,
        max_receives: u32,
        entering: Option<State>,
        limits: Limits,
    },
    Complete {
        held: Held,
        to: State,
        handoff: Option<Enqueue>,
    },
    Wait {
        held: Held,
        deadline: u64,
        to: State,
        review: &'static str,
    },
    Fail {
        held: Held,
        retry_in: Option<u64>,
        dependency: Dependency,
    },
    Extend {
        held: Held,
        lease: u64,
    },
    Callback {
        document: &'static str,
        webhook: &'static str,
        review: &'static str,
        from: Vec<State>,
        details: Callback,
    },
    Redrive {
        queue: &'static str,
        document: &'static str,
        from: Option<Elsewhere>,
    },
    RedriveMatching {
        queue: Option<&'static str>,
        reason: Option<&'static str>,
        from: Option<Elsewhere>,
    },
    Pause {
        queue: &'static str,
    },
    Resume {
        queue: &'static str,
    },
    Restore {
        submission: usize,
        /// Where each of its documents is.
        destinations: Vec<(State, Option<Enqueue>)>,
    },
    Rename {
        submission: usize,
        title: &'static str,
        unless: Vec<State>,
    },
    Withdraw {
        submission: usize,
        from: Vec<State>,
    },
    Replace {
        submission: usize,
        document: &'static str,
        new: &'static str,
    },
    /// Redis is killed, and started again.
    Restart,
    Discard {
        queue: &'static str,
        document: &'static str,
    },
    Ring {
        queue: &'static str,
    },
}

/// What an operation answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Created(Created),
    Advanced(Advanced),
    Received(Received),
    Settled(Settled),
    Recorded(Recorded),
    Handled(Handled),
    Redriven(u32),
    Changed(bool),
    Restored(Vec<String>),
    Revised(Revised),
    Replaced(Replaced),
    Restarted,
    Rung(u64, Option<u64>),
    /// Redis answers with an error.
    Refused,
}

/// What a worker gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub items: Vec<Taken>,
    pub due: u64,
    /// In minutes.
    pub next_due_in: Option<u64>,
    pub held_back: Option<HeldBack>,
}

/// An item in a worker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    pub document: String,
    pub receipt: u64,
    pub failures: u32,
    pub round: u32,
    pub callback_overdue: bool,
}

/// Where a redriven document goes on, if not where it was given up: in a state, in a queue for each kind of document.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere {
    pub state: State,
    pub plans: Option<&'static str>,
    pub videos: Option<&'static str>,
}

impl Elsewhere {
    pub fn queue(self, document: &str) -> Option<&'static str> {
        if kind(document) == "lesson-plan" {
            self.plans
        } else {
            self.videos
        }
    }
}

/// The fact `kind` of a document.
pub fn kind(document: &str) -> &'static str {
    match document {
        "a" | "d" => "lesson-plan",
        _ => "classroom-video",
    }
}

/// An entry for a queue, due at once if `delay` is 0.
#[derive(Debug, Clone, Copy)]
pub struct Enqueue {
    pub queue: &'static str,
    pub delay: u64,
}

/// What a worker believes to hold: the latest receipt, or one that is `age` older.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub queue: &'static str,
    pub document: &'static str,
    pub age: u64,
}

/// The rest of a callback.
#[derive(Debug, Clone, Copy)]
pub struct Callback {
    pub awaiting: &'static str,
    pub to: State,
    pub enqueue: Enqueue,
    /// A third of how long the webhook's id is remembered, in hours but for some minutes.
    pub tolerance_hours: u64,
}

impl Callback {
    /// In minutes. Three times as many are not whole hours: no operation happens at the very end.
    pub fn tolerance(self) -> u64 {
        minutes(self.tolerance_hours, 25)
    }
}

/// A duration of some hours, given in the operation of a number: see the top of `main.rs`.
pub fn duration(hours: u64, tick: u64) -> Duration {
    Duration::from_secs(60 * minutes(hours, tick))
}

/// The same in minutes.
pub fn minutes(hours: u64, tick: u64) -> u64 {
    60 * hours + tick
}

/// A delay like a duration, but that none is none.
pub fn delay(hours: u64, tick: u64) -> u64 {
    if hours == 0 { 0 } else { minutes(hours, tick) }
}

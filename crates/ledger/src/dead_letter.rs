//! Dead letters: documents that no retry will help, kept for a person to look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Call, Facts, Failure, Ledger, Page, State, Timestamp, call::Script, wire};

/// The reason code of an item that was taken again and again and never settled.
pub const WORKER_CRASHED: &str = "worker-crashed";

/// The reason code of an attempt whose callback did not come in time.
pub const CALLBACK_OVERDUE: &str = "callback-overdue";

/// An item that was given up.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DeadLetter {
    /// The queue.
    pub queue: String,
    /// The document.
    pub document: String,
    /// The submission that it belongs to.
    pub submission: String,
    /// Whose it is.
    pub owner: String,
    /// The submission's title.
    pub title: String,
    /// When it was given up.
    pub at: Timestamp,
    /// Why it was given up.
    pub failure: Failure,
    /// How many attempts failed since it was queued or redriven.
    pub failures: u32,
    /// The latest attempts that failed, oldest first: at most 32.
    #[serde(default)]
    pub attempts: Vec<FailedAttempt>,
    /// What was queued.
    pub body: String,
    /// What is known about the document.
    #[serde(deserialize_with = "wire::facts_from_text")]
    pub facts: Facts,
    /// The third party, where it was brought to one.
    pub vendor: Option<String>,
    /// The third party's id of the review, where there is one.
    pub review: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
    /// When it was queued.
    pub enqueued_at: Timestamp,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FailedAttempt {
    /// When it was found to have failed.
    pub at: Timestamp,
    /// The receipt of the attempt.
    pub receipt: u64,
    /// Why it failed.
    #[serde(flatten)]
    pub failure: Failure,
}

/// Which dead letters are meant. The default means all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DeadLetterFilter {
    /// Those of this queue.
    pub queue: Option<String>,
    /// Those whose failure has this code.
    pub reason: Option<String>,
    /// Those that were brought to this third party.
    pub vendor: Option<String>,
    /// Those that were given up at this time or later.
    pub since: Option<Timestamp>,
    /// Those that were given up at this time or earlier.
    #[serde(rename = "until_when")]
    pub until: Option<Timestamp>,
}

/// Where a redriven document goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redrive {
    /// In the queue in which it was given up, in the state in which it was queued there.
    Again,
    /// Earlier on its way, as if it came there for the first time.
    From {
        /// The state, which is one in flight.
        state: State,
        /// Its queue.
        route: Route,
        /// What the worker needs to know, in JSON.
        body: String,
    },
}

/// A queue for each document, by something that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The fact, which is a text.
    pub fact: String,
    /// The queue for each value of the fact. A document for which there is none stays where it is; asked for by itself, that is an
    /// error.
    pub queues: BTreeMap<String, String>,
}

impl Redrive {
    fn arguments(&self) -> (Option<State>, Option<Value>) {
        match self {
            Self::Again => (None, None),
            Self::From { state, route, body } => (Some(*state), Some(json!({ "route": route, "body": body }))),
        }
    }
}

/// What came of [`Ledger::redrive_matching`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Redriven {
    /// How many were set on their way again by this call.
    pub redriven: u32,
    /// From where to go on, if there may be more.
    pub next: Option<String>,
}

/// What came of handling a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", content = "state", rename_all = "kebab-case")]
pub enum Handled {
    /// It is done, and the document is in this state.
    Done(State),
    /// The document is not among the queue's dead letters (any more); it is in this state. Nothing changed.
    NotDead(State),
    /// There is no such document.
    Unknown,
}

static DEAD_LETTERS: Script = Script::new("dead_letters", include_str!("../lua/operations/dead_letters.lua"));
static DEAD_LETTER: Script = Script::new("dead_letter", include_str!("../lua/operations/dead_letter.lua"));
static REDRIVE: Script = Script::new("redrive", include_str!("../lua/operations/redrive.lua"));
static REDRIVE_MATCHING: Script = Script::new(
    "redrive_matching",
    include_str!("../lua/operations/redrive_matching.lua"),
);
static DISCARD: Script = Script::new("discard", include_str!("../lua/operations/discard.lua"));

impl Ledger {
    /// The dead letters that match a filter, newest first: at most `limit` of them, from `after` on, which is the `next` of
    /// the page before. A page may have fewer, even none, although there is a next one: a search through very many takes
    /// several calls.
    pub fn dead_letters(&self, filter: &DeadLetterFilter, after: Option<&str>, limit: u32) -> Call<Page<DeadLetter>> {
        self.call(
            &DEAD_LETTERS,
            json!({ "filter": filter, "after": after, "limit": limit.max(1) }),
        )
    }

    /// One dead letter, or `None` when the document is not among the queue's.
    pub fn dead_letter(&self, queue: &str, document: &str) -> Call<Option<DeadLetter>> {
        self.find(&DEAD_LETTER, json!({ "queue": queue, "document": document }))
    }

    /// Gives a dead letter a fresh policy: it is due at once, with no failures. The history says who did it. Doing it twice does it
    /// once.
    pub fn redrive(&self, queue: &str, document: &str, by: &str, redrive: &Redrive) -> Call<Handled> {
        let (to, anew) = redrive.arguments();
        self.call(
            &REDRIVE,
            json!({ "queue": queue, "document": document, "by": by, "to": to, "anew": anew }),
        )
    }

    /// Redrives the dead letters that match a filter, newest first: at most `limit` of them, from `after` on. Give the filter
    /// an end (`until`): what fails again is not redriven again then.
    pub fn redrive_matching(
        &self,
        filter: &DeadLetterFilter,
        after: Option<&str>,
        limit: u32,
        by: &str,
        redrive: &Redrive,
    ) -> Call<Redriven> {
        let (to, anew) = redrive.arguments();
        self.call(
            &REDRIVE_MATCHING,
            json!({ "filter": filter, "after": after, "limit": limit.max(1), "by": by, "to": to, "anew": anew }),
        )
    }

    /// Takes a document off the dead letters for good. It stays failed; the history says who did it, and why.
    pub fn discard(&self, queue: &str, document: &str, by: &str, reason: &str) -> Call<Handled> {
        self.call(
            &DISCARD,
            json!({ "queue": queue, "document": document, "by": by, "reason": reason }),
        )
    }
}

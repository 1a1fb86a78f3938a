//! What happened, for those who must count: every request, fetch, callback and download (`GET /v1/log`).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

/// How many entries are kept; the oldest go first.
const CAPACITY: usize = 10_000;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event {
    /// Somebody asked for a review.
    Request {
        idempotency_key: Option<String>,
        reference: Option<String>,
        review: Option<String>,
        /// The answer's status; none when there was no answer.
        status: Option<u16>,
        behaviour: Option<&'static str>,
    },
    /// The service tried to fetch a document.
    Fetch {
        reference: String,
        review: String,
        status: Option<u16>,
        /// How much of the body arrived.
        bytes: u64,
    },
    /// The service tried to call back.
    Callback {
        reference: String,
        review: String,
        webhook_id: String,
        /// Counted from 1 over the deliveries of one event.
        attempt: u32,
        status: Option<u16>,
        behaviour: Option<&'static str>,
    },
    /// Somebody fetched a file.
    Download {
        reference: String,
        review: String,
        role: String,
        status: u16,
        behaviour: Option<&'static str>,
    },
}

/// An event and its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) event: Event,
}

/// The latest entries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Mutex<VecDeque<Entry>>,
}

impl Journal {
    /// Appends an event that happened now.
    pub(crate) fn note(&self, event: Event) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Entry {
            at: Timestamp::now(),
            event,
        });
    }

    /// A copy of everything that is kept.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

//! The bell and the alarm.
//!
//! The *bell* of a queue is a message on a channel: something is due. It is published only when no bell is pending,
//! which is believed for 5 seconds, until a worker takes from the queue. The *alarm* of a queue is a key that Redis lets
//! expire when the queue's next item becomes due; Redis announces the expiry, and whoever hears it
//! [rings](Ledger::ring) the bell. While something is already due, the alarm goes off within 5 seconds, which repairs a bell
//! that nobody heard. A queue that is not empty always has an alarm.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Ledger, call::Script, wire};

/// The channel on which Redis announces keys that expired in database 0 (`notify-keyspace-events Ex`). The message is
/// the key's name: see [`Ledger::queue_of_alarm`].
pub const EXPIRY_CHANNEL: &str = "__keyevent@0__:expired";

/// What came of [`Ledger::ring`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rung {
    /// How many items are due; the bell was rung unless it is 0.
    pub due: u64,
    /// When the next one is due, from now; `None` when the queue holds nothing but what is due.
    #[serde(default, deserialize_with = "wire::duration_from_milliseconds")]
    pub next_due_in: Option<Duration>,
}

static RING: Script = Script::new("ring", include_str!("../lua/operations/ring.lua"));

impl Ledger {
    /// Rings a queue's bell if anything in it is due, whether or not a bell is pending, and arms its alarm.
    pub fn ring(&self, queue: &str) -> Call<Rung> {
        self.call(&RING, json!({ "queue": queue }))
    }

    /// The channel of a queue's bell.
    pub fn bell_channel(&self, queue: &str) -> String {
        format!("{}:bell:{queue}", self.tag)
    }

    /// The key whose expiry is a queue's alarm.
    pub fn alarm_key(&self, queue: &str) -> String {
        format!("{}:alarm:{queue}", self.root)
    }

    /// The queue whose alarm a key is, or `None` when it is no alarm of this ledger.
    pub fn queue_of_alarm<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(&self.root)?.strip_prefix(":alarm:")
    }
}

//! The identity provider's keys: kept for all replicas, and asked for by one at a time.
//!
//! They have no TTL, like everything here but the alarms: their times are fields.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Ledger, Timestamp, call::Script, wire};

/// What is kept of a provider's keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeptKeys {
    /// The keys, in words that the ledger carries and does not read; nothing before they were first fetched.
    pub set: Option<String>,
    /// When they were fetched.
    pub fetched_at: Option<Timestamp>,
    /// Until when they need not be fetched again.
    pub fresh_until: Option<Timestamp>,
    /// When somebody was last told to fetch them.
    pub asked_at: Option<Timestamp>,
    /// Whether the caller is to fetch them now: it is time, and nobody else was told so within the interval.
    pub fetch: bool,
    /// The time, by Redis's clock.
    pub now: Timestamp,
}

static TOKEN_KEYS: Script = Script::new("token_keys", include_str!("../lua/operations/token_keys.lua"));
static KEEP_TOKEN_KEYS: Script = Script::new("keep_token_keys", include_str!("../lua/operations/keep_token_keys.lua"));

impl Ledger {
    /// The keys from this source, and whether the caller is to fetch them: when there are none, when their time is over, or
    /// when somebody misses a key in the set that was fetched at the time `lacking`. However many ask, one is told so within
    /// an interval.
    pub fn token_keys(&self, source: &str, lacking: Option<Timestamp>, interval: Duration) -> Call<KeptKeys> {
        self.call(
            &TOKEN_KEYS,
            json!({
                "source": source,
                "lacking": lacking,
                "interval": wire::milliseconds(interval),
            }),
        )
    }

    /// Keeps what was fetched, which need not be fetched again for the time `lifetime`. The answer has it.
    pub fn keep_token_keys(&self, source: &str, set: &str, lifetime: Duration) -> Call<KeptKeys> {
        self.call(
            &KEEP_TOKEN_KEYS,
            json!({ "source": source, "set": set, "lifetime": wire::milliseconds(lifetime) }),
        )
    }
}

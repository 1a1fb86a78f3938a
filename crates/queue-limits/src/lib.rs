//! What a queue's workers may take, and when a third party is taken to be down, as data.
//!
//! How much a third party can stand is for its contract and for an operator to say, per queue, and changes without a build. So
//! it is a variable in JSON, beside the queue's retry policy and in its style:
//!
//! ```
//! let limits = queue_limits::parse(r#"{ "MaxInFlight": 16, "RatePerSecond": 5 }"#)?;
//! assert_eq!(limits.max_in_flight, Some(16));
//! assert_eq!(limits.rate.map(|rate| rate.burst), Some(5), "a second's worth");
//! # Ok::<(), queue_limits::Error>(())
//! ```
//!
//! | member | what |
//! | --- | --- |
//! | `MaxInFlight` | how many items workers hold at once, over all replicas |
//! | `MaxWaiting` | how many documents the third party has at once, those on their way to it included |
//! | `RatePerSecond`, `Burst` | a token bucket: how many items are taken per second, and at once after a pause |
//! | `CircuitBreaker` | when the third party is taken to be down, and how it is probed (the pattern is Nygard's, *Release It!*) |
//!
//! and in a `CircuitBreaker`:
//!
//! | member | what | left out |
//! | --- | --- | --- |
//! | `FailureThreshold` | for how many different documents in a row the third party did not do its part | 5 |
//! | `ProbeIntervalSeconds` | how long after that it is probed for the first time; the pause doubles each time | 15 |
//! | `MaxProbeIntervalSeconds` | the longest pause between probes | 300 |
//! | `MaxOpenSeconds` | for how long the documents' retry policies are spared | 86400 |

mod error;

use std::time::Duration;

use ledger::{CircuitBreaker, Limits, RateLimit};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use error::Error;

/// As an operator writes it. A member that there is not is refused: a typing mistake must not silently be no limit.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Written {
    max_in_flight: Option<u32>,
    max_waiting: Option<u32>,
    rate_per_second: Option<f64>,
    burst: Option<u32>,
    circuit_breaker: Option<WrittenBreaker>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct WrittenBreaker {
    failure_threshold: u32,
    probe_interval_seconds: u64,
    max_probe_interval_seconds: u64,
    max_open_seconds: u64,
}

impl Default for WrittenBreaker {
    fn default() -> Self {
        Self {
            failure_threshold: 5,
            probe_interval_seconds: 15,
            max_probe_interval_seconds: 300,
            max_open_seconds: 24 * 60 * 60,
        }
    }
}

/// Reads limits from JSON. An object without members has none.
pub fn parse(text: &str) -> Result<Limits, Error> {
    let refused = |reason: String| Error {
        text: text.to_owned(),
        reason,
    };
    // By way of an object, because a structure may also be read from an array.
    let written = serde_json::from_str::<Map<_, _>>(text)
        .and_then(|members| Written::deserialize(Value::Object(members)))
        .map_err(|error| refused(error.to_string()))?;
    written.limits().map_err(|reason| refused(reason.to_owned()))
}

impl Written {
    fn limits(self) -> Result<Limits, &'static str> {
        if self.max_in_flight == Some(0) || self.max_waiting == Some(0) {
            return Err("`MaxInFlight` and `MaxWaiting` must be at least 1; to stop a queue, pause it");
        }
        Ok(Limits {
            max_in_flight: self.max_in_flight,
            max_waiting: self.max_waiting,
            rate: self.rate()?,
            breaker: self.circuit_breaker.map(WrittenBreaker::breaker).transpose()?,
        })
    }

    fn rate(self) -> Result<Option<RateLimit>, &'static str> {
        let Some(per_second) = self.rate_per_second else {
            return match self.burst {
                None => Ok(None),
                Some(_) => Err("`Burst` means nothing without `RatePerSecond`"),
            };
        };
        if !per_second.is_finite() || !(0.000_1..=1_000_000.0).contains(&per_second) {
            return Err("`RatePerSecond` must be at least 0.0001 and at most 1000000");
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the bounds above fit"
        )]
        let a_second = per_second.ceil() as u32;
        let burst = self.burst.unwrap_or(a_second);
        if burst == 0 {
            return Err("`Burst` must be at least 1");
        }
        Ok(Some(RateLimit { per_second, burst }))
    }
}

impl WrittenBreaker {
    fn breaker(self) -> Result<CircuitBreaker, &'static str> {
        if self.failure_threshold < 2 {
            return Err("`FailureThreshold` must be at least 2: one document may fail for its own sake");
        }
        if self.probe_interval_seconds == 0 || self.max_probe_interval_seconds < self.probe_interval_seconds {
            return Err("`ProbeIntervalSeconds` must be at least 1, and `MaxProbeIntervalSeconds` no less than that");
        }
        Ok(CircuitBreaker {
            threshold: self.failure_threshold,
            probe_interval: Duration::from_secs(self.probe_interval_seconds),
            max_probe_interval: Duration::from_secs(self.max_probe_interval_seconds),
            max_open: Duration::from_secs(self.max_open_seconds),
        })
    }
}

//! The policy itself: which delay follows which failure.

use std::{str::FromStr, time::Duration};

use serde::Deserialize;

use crate::{Error, RetryAfter};

/// The longest delay that is believed of a third party when the policy names no maximum of its own.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// What the Amazon States Language allows for `MaxAttempts`.
const MOST_ATTEMPTS: u32 = 99_999_999;

/// The Amazon States Language wants delays below 366 days.
const DELAY_LIMIT_SECONDS: u64 = 31_622_400;

/// When a failed attempt is made again.
///
/// Parsed from JSON with [`str::parse`]. A field that is left out has the default of the Amazon States Language; a
/// field that the language's retrier does not have (but for `TimeoutSeconds`) is refused, so that a typing mistake is
/// not silently a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct RetryPolicy {
    interval_seconds: u64,
    max_attempts: u32,
    backoff_rate: f64,
    max_delay_seconds: Option<u64>,
    jitter_strategy: JitterStrategy,
    timeout_seconds: Option<u64>,
}

/// Whether delays are spread, so that what failed together is not tried again together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JitterStrategy {
    /// Any delay between nothing and the computed one, all equally likely.
    Full,
    /// The computed delay.
    #[default]
    None,
}

impl Default for RetryPolicy {
    /// The defaults of the Amazon States Language: three retries, after 1, 2 and 4 seconds.
    fn default() -> Self {
        Self {
            interval_seconds: 1,
            max_attempts: 3,
            backoff_rate: 2.0,
            max_delay_seconds: None,
            jitter_strategy: JitterStrategy::None,
            timeout_seconds: None,
        }
    }
}

impl FromStr for RetryPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |reason: String| Error {
            text: text.to_owned(),
            reason,
        };
        let policy: Self = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
        policy.check().map_err(|reason| refused(reason.to_owned()))?;
        Ok(policy)
    }
}

impl RetryPolicy {
    /// How long to wait after the given number of failures, or `None` when the policy is spent.
    ///
    /// `failures` counts the attempts that have failed, the latest included; as in the Amazon States Language,
    /// `MaxAttempts` counts the retries that follow the first attempt. `random` is a number from 0 (included) to
    /// 1 (excluded), drawn anew for each call; it matters only with jitter.
    pub fn delay(&self, failures: u32, random: f64) -> Option<Duration> {
        if failures > self.max_attempts {
            return None;
        }
        let Some(earlier_retries) = failures.checked_sub(1) else {
            return Some(Duration::ZERO);
        };
        let exponent = i32::try_from(earlier_retries).unwrap_or(i32::MAX);
        let grown = self.interval_seconds as f64 * self.backoff_rate.powi(exponent);
        let longest = self.max_delay_seconds.unwrap_or(DELAY_LIMIT_SECONDS) as f64;
        let computed = grown.min(longest);
        let delay = match self.jitter_strategy {
            JitterStrategy::None => computed,
            JitterStrategy::Full => computed * random.clamp(0.0, 1.0),
        };
        Some(Duration::from_secs_f64(delay))
    }

    /// Like [`delay`](Self::delay), but what the third party asked for wins over what the policy computes.
    ///
    /// It does not win over a policy that is spent, and it is cut to `MaxDelaySeconds`, or to one hour where the
    /// policy names none: a third party must not be able to park a document for a year.
    pub fn delay_after(&self, failures: u32, random: f64, asked: Option<RetryAfter>) -> Option<Duration> {
        let computed = self.delay(failures, random)?;
        Some(asked.map_or(computed, |asked| asked.delay().min(self.longest_retry_after())))
    }

    /// How many times an attempt is made again after the first.
    pub fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// How long a callback may take (`TimeoutSeconds`), where the policy says so.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout_seconds.map(Duration::from_secs)
    }

    fn longest_retry_after(&self) -> Duration {
        self.max_delay_seconds.map_or(LONGEST_RETRY_AFTER, Duration::from_secs)
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.interval_seconds == 0 || self.interval_seconds >= DELAY_LIMIT_SECONDS {
            return Err("`IntervalSeconds` must be at least 1 and below 31622400 (366 days)");
        }
        if self.max_attempts > MOST_ATTEMPTS {
            return Err("`MaxAttempts` must be at most 99999999");
        }
        if !self.backoff_rate.is_finite() || self.backoff_rate < 1.0 {
            return Err("`BackoffRate` must be at least 1.0");
        }
        if let Some(seconds) = self.max_delay_seconds
            && (seconds < self.interval_seconds || seconds >= DELAY_LIMIT_SECONDS)
        {
            return Err("`MaxDelaySeconds` must be at least `IntervalSeconds` and below 31622400 (366 days)");
        }
        if self
            .timeout_seconds
            .is_some_and(|seconds| seconds == 0 || seconds >= DELAY_LIMIT_SECONDS)
        {
            return Err("`TimeoutSeconds` must be at least 1 and below 31622400 (366 days)");
        }
        Ok(())
    }
}

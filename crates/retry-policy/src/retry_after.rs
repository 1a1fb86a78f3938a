//! The `Retry-After` header field (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

/// When a third party wants to be asked again, as a delay from the time of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(Duration);

impl From<Duration> for RetryAfter {
    /// A third party that says it in other ways than the header field.
    fn from(delay: Duration) -> Self {
        Self(delay)
    }
}

impl RetryAfter {
    /// Reads the field's value: a number of seconds, or an HTTP date in any of the three formats that a recipient must
    /// understand. A date is counted from `now`; one that has passed means at once.
    ///
    /// A value that is neither is `None`, as if the field were absent: a third party's mistake in an optional hint is no
    /// reason to fail.
    pub fn parse(value: &str, now: SystemTime) -> Option<Self> {
        let value = value.trim_matches([' ', '\t']);
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // More seconds than fit are still a number of seconds: the policy cuts them to what it allows.
            return Some(Self(Duration::from_secs(value.parse().unwrap_or(u64::MAX))));
        }
        let date = httpdate::parse_http_date(value).ok()?;
        Some(Self(date.duration_since(now).unwrap_or(Duration::ZERO)))
    }

    /// How long to wait, as it was asked for.
    pub fn delay(self) -> Duration {
        self.0
    }
}

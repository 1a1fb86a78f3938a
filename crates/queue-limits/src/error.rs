//! Why limits were refused.

/// Limits that work, shown beside every error: whoever reads it is about to write some.
const EXAMPLE: &str = r#"{"MaxInFlight": 16, "MaxWaiting": 500, "RatePerSecond": 10, "Burst": 20, "CircuitBreaker": {"FailureThreshold": 5, "ProbeIntervalSeconds": 15, "MaxProbeIntervalSeconds": 300, "MaxOpenSeconds": 86400}}"#;

/// A text that says no limits. The message shows the text and an example that is correct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` says no limits of a queue: {reason}. Correct ones (all members may be left out): {EXAMPLE}")]
pub struct Error {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

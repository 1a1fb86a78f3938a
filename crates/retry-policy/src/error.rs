//! Why a policy was refused.

/// A policy that works, shown beside every error: whoever reads it is about to write one.
const EXAMPLE: &str = r#"{"IntervalSeconds": 5, "MaxAttempts": 8, "BackoffRate": 2.0, "MaxDelaySeconds": 3600, "JitterStrategy": "FULL"}"#;

/// A text that is no retry policy. The message shows the text and an example that is correct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a retry policy: {reason}. A correct one: {EXAMPLE}")]
pub struct Error {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

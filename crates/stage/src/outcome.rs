//! What came of handling an item.

use ledger::{Complete, Dependency, Failure, Wait};
use retry_policy::RetryAfter;

/// What came of handling an item.
#[derive(Debug)]
pub enum Outcome {
    /// The stage is finished.
    Complete(Complete),
    /// A third party has the document now, and will call back.
    Wait(Wait),
    /// It did not work.
    Failed(Failed),
}

/// An attempt that did not work.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub failure: Failure,
    /// Whether another attempt may work.
    pub retry: Retry,
    /// What it has shown of whatever the stage depends on: the queue's circuit breaker goes by it.
    pub dependency: Dependency,
}

/// Whether, and when, another attempt may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// When the queue's policy says.
    ByPolicy,
    /// When the third party asked to be asked again, as far as the policy lets it.
    After(RetryAfter),
    /// None will: the failure is permanent.
    Never,
}

impl Outcome {
    /// A failed attempt that may work later.
    pub fn transient(code: &str, message: impl Into<String>) -> Self {
        Self::failed(code, message, Retry::ByPolicy, Dependency::Unknown)
    }

    /// A failed attempt that may work later, because what the stage depends on does not do its part now.
    pub fn unavailable(code: &str, message: impl Into<String>, asked: Option<RetryAfter>) -> Self {
        let retry = asked.map_or(Retry::ByPolicy, Retry::After);
        Self::failed(code, message, retry, Dependency::Down)
    }

    /// A failure that no retry will mend.
    pub fn permanent(code: &str, message: impl Into<String>) -> Self {
        Self::failed(code, message, Retry::Never, Dependency::Unknown)
    }

    /// A failure that no retry will mend, because what the stage depends on says so: it is there, and does its part.
    pub fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::failed(code, message, Retry::Never, Dependency::Up)
    }

    /// What the bucket's refusal means for an attempt.
    pub fn bucket_failed(error: &spin_bucket::Error) -> Self {
        let message = format!("The bucket did not do what it was asked: {error}.");
        if error.is_transient() {
            Self::unavailable("bucket-unavailable", message, None)
        } else {
            Self::permanent("bucket-refused", message)
        }
    }

    fn failed(code: &str, message: impl Into<String>, retry: Retry, dependency: Dependency) -> Self {
        Self::Failed(Failed {
            failure: Failure::new(code, message),
            retry,
            dependency,
        })
    }
}

//! What came of handling an item.

use ledger::{Complete, Failure, Wait};
use retry_policy::RetryAfter;

/// What came of handling an item.
#[derive(Debug)]
pub enum Outcome {
    /// The stage is finished.
    Complete(Complete),
    /// A third party has the document now, and will call back.
    Wait(Wait),
    /// It did not work.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether another attempt may work.
        retry: Retry,
    },
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
    /// A failed attempt.
    pub fn failed(retry: Retry, failure: Failure) -> Self {
        Self::Failed { failure, retry }
    }

    /// A failed attempt that may work later.
    pub fn transient(code: &str, message: impl Into<String>) -> Self {
        Self::failed(Retry::ByPolicy, Failure::new(code, message))
    }

    /// What the bucket's refusal means for an attempt.
    pub fn bucket_failed(error: &spin_bucket::Error) -> Self {
        let message = format!("The bucket did not do what it was asked: {error}.");
        if error.is_transient() {
            Self::transient("bucket-unavailable", message)
        } else {
            Self::permanent("bucket-refused", message)
        }
    }

    /// A failure that no retry will mend.
    pub fn permanent(code: &str, message: impl Into<String>) -> Self {
        Self::failed(Retry::Never, Failure::new(code, message))
    }
}

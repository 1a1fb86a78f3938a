//! Why a document could not be reviewed, in words for the person who wrote it.

use serde::{Deserialize, Serialize};

/// The reason for a `review.failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) code: Code,
    /// One or two sentences for the author of the document.
    pub(crate) message: String,
}

/// What programs tell failures apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Code {
    /// The link could not be fetched.
    DocumentUnavailable,
    /// What was fetched does not have the announced length.
    DocumentMismatch,
    /// The file is damaged, empty, encrypted, or not what its media type says.
    UnreadableDocument,
    /// The file can be opened but holds no text.
    NoText,
    /// The service failed.
    Internal,
}

impl Failure {
    /// A failure with a code and a message for the author.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The file cannot be read; why, and what to do about it.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(Code::UnreadableDocument, message)
    }

    /// The service failed; the reason goes to its own log.
    pub(crate) fn internal(reason: &dyn std::fmt::Display) -> Self {
        tracing::error!("a review failed: {reason}");
        Self::new(
            Code::Internal,
            "The review service had a problem of its own. Try again later.",
        )
    }
}

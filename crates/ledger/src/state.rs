//! Where a document is on its way, and why it left the way.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a document is on its way from its teacher to its evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was announced; its bytes are not in the bucket yet.
    AwaitingUpload,
    /// Its bytes are in the bucket and were checked.
    Uploaded,
    /// It is being handed to the third party.
    Transferring,
    /// The third party has it.
    InReview,
    /// What the third party returned is being fetched and checked.
    Verifying,
    /// What the third party returned is being turned into the canonical document.
    Normalizing,
    /// The canonical document is stored.
    Ready,
    /// It left the way; the [`Failure`] says why.
    Failed,
}

impl State {
    /// All states, in the order in which a document that meets no trouble goes through them; `Failed` is last.
    pub const ALL: [Self; 8] = [
        Self::AwaitingUpload,
        Self::Uploaded,
        Self::Transferring,
        Self::InReview,
        Self::Verifying,
        Self::Normalizing,
        Self::Ready,
        Self::Failed,
    ];

    /// The word by which the state is known in Redis and in every interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingUpload => "awaiting-upload",
            Self::Uploaded => "uploaded",
            Self::Transferring => "transferring",
            Self::InReview => "in-review",
            Self::Verifying => "verifying",
            Self::Normalizing => "normalizing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    /// Whether the document has arrived (`Ready`) or left the way (`Failed`).
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }

    /// Whether the document is on its way, and so must be in a queue: its upload was acknowledged and it is neither
    /// ready nor failed.
    pub const fn is_in_flight(self) -> bool {
        !self.is_terminal() && !matches!(self, Self::AwaitingUpload)
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Why an attempt, or a document, failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A word in kebab-case for programs: for metrics, filters and tests.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

impl Failure {
    /// A failure with the given code and message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

//! What operators see: queues, histories, dead letters, health.

use jiff::Timestamp;
use portfolio::{DocumentId, SubmissionId};
use serde::{Deserialize, Serialize};

use crate::submissions::{Event, Failure, State};

/// How full the queues are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queues {
    /// Every queue, in the order of the way through them.
    pub queues: Vec<Queue>,
}

/// How full a queue is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// The queue's name.
    #[cfg_attr(feature = "openapi", schema(example = "transfer"))]
    pub name: String,
    /// How many items are in it, dead letters not counted.
    pub depth: u64,
    /// How many of them could be worked on now.
    pub due: u64,
    /// How many of them are being worked on.
    pub in_flight: u64,
    /// How many of them wait for a third party to call back.
    pub waiting: u64,
    /// How many were given up, and wait for an operator.
    pub dead: u64,
    /// For how many seconds the oldest due item has been due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub oldest_due_seconds: Option<f64>,
}

/// Everything that happened to a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// The document's id.
    pub document: DocumentId,
    /// The submission that it belongs to.
    pub submission: SubmissionId,
    /// Where it is on its way.
    pub state: State,
    /// Since when it is there.
    pub since: Timestamp,
    /// How many attempts at the present stage have failed.
    pub attempts: u32,
    /// When the next attempt is made, if one is waiting for its time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub next_attempt_at: Option<Timestamp>,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub failure: Option<Failure>,
    /// What happened to it, oldest first.
    pub history: Vec<Event>,
}

/// An item that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// The queue in which it was given up.
    pub queue: String,
    /// The document.
    pub document: DocumentId,
    /// The submission that it belongs to.
    pub submission: SubmissionId,
    /// What the submission is called.
    pub title: String,
    /// When it was given up.
    pub at: Timestamp,
    /// Why it was given up.
    pub failure: Failure,
    /// How many attempts have failed.
    pub attempts: u32,
    /// What went wrong each time, oldest first; of very many attempts, the last ones.
    pub errors: Vec<AttemptError>,
}

/// What went wrong with one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttemptError {
    /// When it went wrong.
    pub at: Timestamp,
    /// A word in kebab-case, for programs.
    pub code: String,
    /// A sentence, for people.
    pub message: String,
}

/// A document that was set on its way again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redriven {
    /// The queue that the document is in.
    pub queue: String,
    /// The document.
    pub document: DocumentId,
    /// Where it is on its way.
    pub state: State,
}

/// Whether the application is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// Whether everything that was checked is well.
    pub status: HealthStatus,
    /// What was checked.
    pub checks: Vec<HealthCheck>,
}

/// Whether something is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It is.
    Pass,
    /// It works, but somebody should look at it.
    Warn,
    /// It is not.
    Fail,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthCheck {
    /// What was checked.
    #[cfg_attr(feature = "openapi", schema(example = "redis"))]
    pub name: String,
    /// Whether it is well.
    pub status: HealthStatus,
    /// What was found, and, if it is not well, what to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub detail: Option<String>,
}

impl Health {
    /// The health of the whole: as bad as the worst of its checks.
    pub fn of(checks: Vec<HealthCheck>) -> Self {
        let any = |status| checks.iter().any(|check: &HealthCheck| check.status == status);
        let status = if any(HealthStatus::Fail) {
            HealthStatus::Fail
        } else if any(HealthStatus::Warn) {
            HealthStatus::Warn
        } else {
            HealthStatus::Pass
        };
        Self { status, checks }
    }
}

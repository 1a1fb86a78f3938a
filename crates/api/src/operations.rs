//! What operators see: queues, histories, dead letters, health.

use jiff::Timestamp;
use portfolio::{DocumentId, SubmissionId};
use serde::{Deserialize, Serialize};

use crate::page::Cursor;
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
    /// How many of them wait until an attempt is made again.
    pub delayed: u64,
    /// How many were given up, and wait for an operator.
    pub dead: u64,
    /// For how many seconds the oldest due item has been due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub oldest_due_seconds: Option<f64>,
    /// Who has paused it, if somebody has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub paused: Option<Pause>,
    /// Its circuit breaker, while what the queue's workers depend on is down.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub circuit: Option<Circuit>,
    /// What else keeps workers from taking all that is due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub held_back: Option<Hold>,
    /// The limits that its workers were given. Without a member there is no such limit.
    pub limits: QueueLimits,
}

/// A pause that an operator has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pause {
    /// When.
    pub at: Timestamp,
    /// Who: the subject of the operator's token.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A circuit breaker that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Circuit {
    /// Whether a document is probing it.
    pub state: CircuitState,
    /// Since when it is taken to be down.
    pub since: Timestamp,
    /// When it is probed next; while it is being probed, when that is given up.
    pub probe_at: Timestamp,
}

/// Where a circuit breaker stands that is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CircuitState {
    /// No document is tried.
    Open,
    /// One document is tried.
    HalfOpen,
}

/// What keeps workers from taking all that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// Which limit.
    #[cfg_attr(feature = "openapi", schema(example = "in-flight"))]
    pub reason: String,
    /// Until when, at the latest.
    pub until: Timestamp,
}

/// What a queue's workers may take.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(examples(json!({ "max_in_flight": 64 }))))]
pub struct QueueLimits {
    /// How many items at once, over all replicas.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub max_in_flight: Option<u32>,
    /// How many documents the third party may have at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub max_waiting: Option<u32>,
    /// How many items per second.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub rate_per_second: Option<f64>,
    /// How many items at once after a pause, where there is a rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub burst: Option<u32>,
    /// After how many different documents in a row the circuit breaker opens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub circuit_threshold: Option<u32>,
}

/// Why an operator does what they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// A sentence for whoever looks at it later: 1 to 500 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 500, example = "The vendor has announced maintenance.")
    )]
    pub reason: String,
}

/// Whether something was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changed {
    /// The queue.
    #[cfg_attr(feature = "openapi", schema(example = "transfer"))]
    pub queue: String,
    /// Whether it was changed; if not, it was so before.
    pub changed: bool,
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
    /// The third party, if it was brought to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "review"))]
    pub vendor: Option<String>,
    /// Why it was given up.
    pub failure: Failure,
    /// How many attempts have failed.
    pub attempts: u32,
    /// What went wrong each time, oldest first; of very many attempts, the last ones.
    pub errors: Vec<AttemptError>,
}

/// An item that was given up, with all that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetterDetail {
    /// The dead letter, as it is in the list.
    pub dead_letter: DeadLetter,
    /// What was queued, as the queue carries it.
    pub body: String,
    /// When it was queued.
    pub enqueued_at: Timestamp,
    /// The third party's id of the review, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub review: Option<String>,
    /// The trace (W3C Trace Context) that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub traceparent: Option<String>,
    /// Everything that happened to the document, oldest first.
    pub history: Vec<Event>,
}

/// Which dead letters are meant. Without a member, all are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RedriveRequest {
    /// Those of this queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "transfer"))]
    pub queue: Option<String>,
    /// Those that failed for this reason (the failure's code).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "unreachable"))]
    pub reason: Option<String>,
    /// Those of this third party.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "review"))]
    pub vendor: Option<String>,
    /// Those that were given up then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub since: Option<Timestamp>,
    /// Those that were given up then or earlier; if absent, until now. What fails again is not meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub until: Option<Timestamp>,
    /// Whether the third party is asked for a new review, instead of the stage that failed being tried again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ask_again: bool,
    /// Where to go on: `next` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub after: Option<Cursor>,
}

/// How one dead letter is redriven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RedriveOne {
    /// Whether the third party is asked for a new review, instead of the stage that failed being tried again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ask_again: bool,
}

/// What a redrive of many has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedrivenMany {
    /// How many documents were set on their way again.
    pub redriven: u32,
    /// If there may be more: send the same request again with this as its `after`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub next: Option<Cursor>,
}

/// A dead letter that was thrown away. The document stays failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Discarded {
    /// The queue in which it was.
    #[cfg_attr(feature = "openapi", schema(example = "transfer"))]
    pub queue: String,
    /// The document.
    pub document: DocumentId,
}

/// Which documents are to be normalized again. What is absent asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RenormalizeRequest {
    /// Those that this third party has reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "review"))]
    pub vendor: Option<String>,
    /// Those that an adapter of an earlier version than this made ([Semantic Versioning](https://semver.org/) 2.0.0).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, example = "0.2.0"))]
    pub adapter_before: Option<String>,
    /// Those of this submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub submission: Option<SubmissionId>,
    /// `next` of the answer before; from the beginning if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub after: Option<Cursor>,
}

/// What a part of normalizing again has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Renormalized {
    /// How many documents were looked at.
    pub documents: u32,
    /// How many of them are queued to be normalized again.
    pub queued: u32,
    /// What cannot be normalized again, and why.
    pub troubles: Vec<RenormalizeTrouble>,
    /// If there is more: send the request again with this as its `after`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub next: Option<Cursor>,
}

/// A document that cannot be normalized again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenormalizeTrouble {
    /// The document.
    pub document: DocumentId,
    /// Why, in a sentence.
    pub reason: String,
}

/// A submission that is to be deleted at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ErasureRequest {
    /// The submission.
    pub submission: SubmissionId,
    /// A sentence for whoever looks at it later, without personal data: 1 to 500 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(
            min_length = 1,
            max_length = 500,
            example = "Asked for by the school, letter of 24 November."
        )
    )]
    pub reason: String,
}

/// The receipt of a submission that was deleted, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Erasure {
    /// The submission.
    pub submission: SubmissionId,
    /// When its deletion began.
    pub requested_at: Timestamp,
    /// Who wanted it: the subject of an operator's token, or `retention` if its time was over.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was gone; absent as long as it is not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub erased_at: Option<Timestamp>,
    /// How many objects were deleted from the bucket.
    pub objects: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// How many rows were deleted from the database.
    pub rows: u64,
}

/// Where a rebuild goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RebuildRequest {
    /// `next` of the answer before; from the beginning if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub after: Option<Cursor>,
}

/// What a part of a rebuild has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rebuilt {
    /// How many submissions were looked at.
    pub submissions: u32,
    /// How many documents were not in Redis and are now.
    pub restored: u32,
    /// What could not be restored, and why.
    pub troubles: Vec<RebuildTrouble>,
    /// If there is more: send the request again with this as its `after`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub next: Option<Cursor>,
}

/// A submission that could not be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RebuildTrouble {
    /// The submission.
    pub submission: SubmissionId,
    /// Why, in a sentence.
    pub reason: String,
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

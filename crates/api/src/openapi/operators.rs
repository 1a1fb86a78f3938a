//! The routes of operators.

use portfolio::{DocumentId, SubmissionId};

use super::problems::{BodyProblems, IdProblems, PageProblems, StateProblems, TokenProblems};
use super::teachers::PageParameters;
use crate::operations::{
    Changed, DeadLetter, DeadLetterDetail, Discarded, Erasure, ErasureRequest, Health, History, Queues, Reason,
    RebuildRequest, Rebuilt, RedriveOne, RedriveRequest, Redriven, RedrivenMany, RenormalizeRequest, Renormalized,
};
use crate::page::Page;

/// See how full the queues are
#[utoipa::path(
    get,
    path = "/v1/queues",
    tag = "operators",
    security(("token" = ["operate"])),
    responses((status = 200, description = "Every queue", body = Queues), TokenProblems)
)]
fn list_queues() {}

/// See everything that happened to a document
#[utoipa::path(
    get,
    path = "/v1/documents/{document}/history",
    tag = "operators",
    security(("token" = ["operate"])),
    params(("document" = DocumentId, Path, description = "The document")),
    responses((status = 200, description = "Its history, oldest first", body = History), TokenProblems, IdProblems)
)]
fn get_history() {}

/// Pause a queue
///
/// Workers take nothing from it until it is resumed. What they have in hand is finished, and what is to come is queued.
#[utoipa::path(
    post,
    path = "/v1/queues/{queue}/pause",
    tag = "operators",
    security(("token" = ["operate"])),
    params(("queue" = String, Path, description = "The queue", example = "transfer")),
    request_body = Reason,
    responses((status = 200, description = "It is paused", body = Changed), TokenProblems, IdProblems, BodyProblems)
)]
fn pause() {}

/// Resume a queue
#[utoipa::path(
    post,
    path = "/v1/queues/{queue}/resume",
    tag = "operators",
    security(("token" = ["operate"])),
    params(("queue" = String, Path, description = "The queue", example = "transfer")),
    responses((status = 200, description = "It is not paused", body = Changed), TokenProblems, IdProblems)
)]
fn resume() {}

/// List what was given up
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "operators",
    security(("token" = ["operate"])),
    params(
        ("queue" = Option<String>, Query, description = "Only those of this queue", example = "transfer"),
        ("reason" = Option<String>, Query, description = "Only those that failed for this reason", example = "unreachable"),
        ("vendor" = Option<String>, Query, description = "Only those of this third party", example = "review"),
        ("since" = Option<Timestamp>, Query, description = "Only those that were given up then or later"),
        ("until" = Option<Timestamp>, Query, description = "Only those that were given up then or earlier"),
        PageParameters,
    ),
    responses(
        (status = 200, description = "A page of dead letters", body = Page<DeadLetter>),
        TokenProblems,
        PageProblems,
    )
)]
fn list_dead_letters() {}

/// See all that is known about a dead letter
#[utoipa::path(
    get,
    path = "/v1/dead-letters/{queue}/{document}",
    tag = "operators",
    security(("token" = ["operate"])),
    params(
        ("queue" = String, Path, description = "The queue", example = "transfer"),
        ("document" = DocumentId, Path, description = "The document"),
    ),
    responses(
        (status = 200, description = "The dead letter", body = DeadLetterDetail),
        TokenProblems,
        IdProblems,
    )
)]
fn get_dead_letter() {}

/// Set many documents on their way again
///
/// Some at a time: while the answer has a `next`, there may be more. Pressing twice is safe.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/redrive",
    tag = "operators",
    security(("token" = ["operate"])),
    request_body = RedriveRequest,
    responses(
        (status = 200, description = "How many there were", body = RedrivenMany),
        TokenProblems,
        BodyProblems,
    )
)]
fn redrive_many() {}

/// Throw a dead letter away
///
/// The document stays failed, and its history says who did it and why.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/{queue}/{document}/discard",
    tag = "operators",
    security(("token" = ["operate"])),
    params(
        ("queue" = String, Path, description = "The queue", example = "transfer"),
        ("document" = DocumentId, Path, description = "The document"),
    ),
    request_body = Reason,
    responses(
        (status = 200, description = "It is gone", body = Discarded),
        TokenProblems,
        IdProblems,
        StateProblems,
        BodyProblems,
    )
)]
fn discard() {}

/// Rebuild what Redis has lost
///
/// From the bucket and the database, some submissions at a time: while the answer has a `next`, there is more. What Redis
/// still knows is left as it is, so it may be done at any time, and again.
#[utoipa::path(
    post,
    path = "/v1/rebuild",
    tag = "operators",
    security(("token" = ["operate"])),
    request_body = RebuildRequest,
    responses(
        (status = 200, description = "What was done", body = Rebuilt),
        TokenProblems,
        BodyProblems,
    )
)]
fn rebuild() {}

/// Normalize documents again
///
/// From what is in the bucket, without asking the third party: because an adapter was corrected, or because there is a new version of
/// the canonical document. Some documents at a time: while the answer has a `next`, there is more. What is not ready is left alone.
/// Pressing twice is safe. Each document's history says who did it.
#[utoipa::path(
    post,
    path = "/v1/renormalize",
    tag = "operators",
    security(("token" = ["operate"])),
    request_body = RenormalizeRequest,
    responses(
        (status = 200, description = "What was done", body = Renormalized),
        TokenProblems,
        PageProblems,
        BodyProblems,
    )
)]
fn renormalize() {}

/// Delete a submission at once
///
/// Its files, what was made of them, its rows and its history, whatever becomes of it just now. The answer is a receipt, which stays.
/// Pressing twice is safe. What a third party keeps of it is that party's business.
#[utoipa::path(
    post,
    path = "/v1/erasures",
    tag = "operators",
    security(("token" = ["operate"])),
    request_body = ErasureRequest,
    responses(
        (status = 202, description = "It has begun", body = Erasure, headers(
            ("Location" = String, description = "Where the receipt is"),
        )),
        TokenProblems,
        IdProblems,
        BodyProblems,
    )
)]
fn request_erasure() {}

/// See the receipt of a submission that was deleted
#[utoipa::path(
    get,
    path = "/v1/erasures/{submission}",
    tag = "operators",
    security(("token" = ["operate"])),
    params(("submission" = SubmissionId, Path, description = "The submission")),
    responses(
        (status = 200, description = "The receipt", body = Erasure),
        TokenProblems,
        IdProblems,
    )
)]
fn get_erasure() {}

/// Metrics, for programs that collect them
///
/// In the text format of `OpenMetrics`, version 1.0.0.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operators",
    security(("token" = ["operate"])),
    responses(
        (
            status = 200,
            description = "What there is and what was counted",
            body = String,
            content_type = "application/openmetrics-text",
        ),
        TokenProblems,
    )
)]
fn get_metrics() {}

/// Set a document on its way again
///
/// With a fresh retry policy. Pressing twice is safe. The document's history says who did it.
#[utoipa::path(
    post,
    path = "/v1/dead-letters/{queue}/{document}/redrive",
    tag = "operators",
    security(("token" = ["operate"])),
    params(
        ("queue" = String, Path, description = "The queue", example = "transfer"),
        ("document" = DocumentId, Path, description = "The document"),
    ),
    request_body = Option<RedriveOne>,
    responses(
        (status = 200, description = "Where the document is now", body = Redriven),
        TokenProblems,
        IdProblems,
        StateProblems,
        BodyProblems,
    )
)]
fn redrive() {}

/// Whether the application is alive
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operators",
    responses(
        (status = 200, description = "It is", body = Health),
        (status = 503, description = "It is not", body = Health),
    )
)]
fn get_liveness() {}

/// Whether the application can work
///
/// Checks what the application depends on, and rings queues that are overdue.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operators",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "It cannot", body = Health),
    )
)]
fn get_readiness() {}

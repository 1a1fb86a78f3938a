//! The routes of operators.

use portfolio::DocumentId;

use super::problems::{IdProblems, PageProblems, StateProblems, TokenProblems};
use super::teachers::PageParameters;
use crate::operations::{DeadLetter, Health, History, Queues, Redriven};
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

/// List what was given up in a queue
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "operators",
    security(("token" = ["operate"])),
    params(("queue" = String, Query, description = "The queue", example = "transfer"), PageParameters),
    responses(
        (status = 200, description = "A page of dead letters", body = Page<DeadLetter>),
        TokenProblems,
        PageProblems,
    )
)]
fn list_dead_letters() {}

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
    responses(
        (status = 200, description = "Where the document is now", body = Redriven),
        TokenProblems,
        IdProblems,
        StateProblems,
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

//! The routes of teachers.

use portfolio::{DocumentId, SubmissionId};
use utoipa::IntoParams;

use super::problems::{DeclarationProblems, IdProblems, PageProblems, StateProblems, TokenProblems};
use crate::page::{Cursor, Page};
use crate::submissions::{NewSubmission, Noticed, Submission, SubmissionSummary, Upload};

/// Which page is wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParameters {
    /// Where the page begins: `next` of the page before.
    #[param(required = false, nullable = false)]
    after: Option<Cursor>,
    /// The most items that the page should have.
    #[param(required = false, nullable = false, minimum = 1, default = 50)]
    limit: Option<u32>,
}

/// Announce what is about to be uploaded
///
/// Creates a submission. Each of its documents comes back with the one request that uploads it, straight to the bucket.
/// With an `Idempotency-Key`, the same request sent twice creates one submission.
#[utoipa::path(
    post,
    path = "/v1/submissions",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255,
        description = "Any text that is unique to this submission, such as a UUID")),
    request_body = NewSubmission,
    responses(
        (status = 201, description = "The submission", body = Submission, headers(
            ("Location" = String, description = "Where the submission is"),
        )),
        TokenProblems,
        DeclarationProblems,
    )
)]
fn create_submission() {}

/// List one's own submissions, newest first
#[utoipa::path(
    get,
    path = "/v1/submissions",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(PageParameters),
    responses(
        (status = 200, description = "A page of submissions", body = Page<SubmissionSummary>),
        TokenProblems,
        PageProblems,
    )
)]
fn list_submissions() {}

/// See what has become of a submission
///
/// Every document with its state, its history, its failed attempts and the time of the next one.
#[utoipa::path(
    get,
    path = "/v1/submissions/{submission}",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(
        ("submission" = SubmissionId, Path, description = "The submission"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of the answer that the caller has"),
    ),
    responses(
        (status = 200, description = "The submission", body = Submission, headers(
            ("ETag" = String, description = "The version of this answer"),
        )),
        (status = 304, description = "Nothing has changed"),
        TokenProblems,
        IdProblems,
    )
)]
fn get_submission() {}

/// Get a fresh address to upload a document to
#[utoipa::path(
    post,
    path = "/v1/submissions/{submission}/documents/{document}/upload-url",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(
        ("submission" = SubmissionId, Path, description = "The submission"),
        ("document" = DocumentId, Path, description = "The document"),
    ),
    responses(
        (status = 200, description = "The one request that uploads the document", body = Upload),
        TokenProblems,
        IdProblems,
        StateProblems,
    )
)]
fn renew_upload() {}

/// Say that a document has been uploaded
///
/// For buckets that do not say so themselves; saying it twice is harmless. What counts is what is in the bucket.
#[utoipa::path(
    post,
    path = "/v1/submissions/{submission}/documents/{document}/uploaded",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(
        ("submission" = SubmissionId, Path, description = "The submission"),
        ("document" = DocumentId, Path, description = "The document"),
    ),
    responses(
        (status = 202, description = "Where the document is now", body = Noticed),
        TokenProblems,
        IdProblems,
        StateProblems,
    )
)]
fn notice_upload() {}

//! The routes of teachers.

use portfolio::{DocumentId, SubmissionId};
use utoipa::IntoParams;

use super::problems::{DeclarationProblems, IdProblems, PageProblems, QuotaProblems, StateProblems, TokenProblems};
use crate::page::{Cursor, Page};
use crate::signing::{SignRequest, Signed};
use crate::submissions::{
    Assigned, NewDocument, NewEvaluators, NewSubmission, NewTitle, Noticed, Submission, SubmissionSummary, Upload,
};

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
        QuotaProblems,
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
/// Every document with its state, its history, how much of it the bucket has, its failed attempts and the time of the next
/// one. With `If-None-Match` and `Prefer: wait=25` (RFC 7240) the answer comes as soon as there is something new, and is
/// 304 if there is nothing new within that time: so a client need not ask again and again.
#[utoipa::path(
    get,
    path = "/v1/submissions/{submission}",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(
        ("submission" = SubmissionId, Path, description = "The submission"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of the answer that the caller has"),
        ("Prefer" = Option<String>, Header, nullable = false, description = "`wait=N`: for how many seconds, up to 25, to \
            wait for another version than that"),
    ),
    responses(
        (status = 200, description = "The submission", body = Submission, headers(
            ("ETag" = String, description = "The version of this answer"),
            ("Preference-Applied" = String, description = "`wait=N`, where a wait was asked for"),
        )),
        (status = 304, description = "Nothing has changed"),
        TokenProblems,
        IdProblems,
    )
)]
fn get_submission() {}

/// Give a submission another title
///
/// While evaluators cannot read any of its documents.
#[utoipa::path(
    patch,
    path = "/v1/submissions/{submission}",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(("submission" = SubmissionId, Path, description = "The submission")),
    request_body = NewTitle,
    responses(
        (status = 200, description = "The submission", body = Submission),
        TokenProblems,
        IdProblems,
        StateProblems,
        DeclarationProblems,
    )
)]
fn rename_submission() {}

/// Say who may read a submission
///
/// All evaluators of its tenant, or those who are named. Its teacher says it, or an operator (scope `operate`), at any time;
/// saying it twice is harmless.
#[utoipa::path(
    put,
    path = "/v1/submissions/{submission}/evaluators",
    tag = "teachers",
    security(("token" = ["submit"]), ("token" = ["operate"])),
    params(("submission" = SubmissionId, Path, description = "The submission")),
    request_body = NewEvaluators,
    responses(
        (status = 200, description = "Who may read it", body = Assigned),
        TokenProblems,
        IdProblems,
        DeclarationProblems,
    )
)]
fn assign_evaluators() {}

/// Withdraw a submission
///
/// While none of its documents was sent to review: each of them fails with the code `withdrawn`. Withdrawing twice is
/// harmless.
#[utoipa::path(
    post,
    path = "/v1/submissions/{submission}/withdrawal",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(("submission" = SubmissionId, Path, description = "The submission")),
    responses(
        (status = 200, description = "The submission", body = Submission),
        TokenProblems,
        IdProblems,
        StateProblems,
    )
)]
fn withdraw_submission() {}

/// Get one request to the bucket signed
///
/// For an upload in parts, or a whole one whose address has expired: one request at a time, when it is needed. Made for
/// the `signRequest` option of Uppy's `@uppy/aws-s3`, whose argument is the body and whose result is the answer. Who may
/// no longer upload the document gets no further signature.
#[utoipa::path(
    post,
    path = "/v1/submissions/{submission}/documents/{document}/sign",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(
        ("submission" = SubmissionId, Path, description = "The submission"),
        ("document" = DocumentId, Path, description = "The document"),
    ),
    request_body = SignRequest,
    responses(
        (status = 200, description = "The signed request", body = Signed),
        TokenProblems,
        IdProblems,
        StateProblems,
        DeclarationProblems,
    )
)]
fn sign() {}

/// Put another file in the place of one that failed
///
/// The new document takes the place of the failed one in the submission, under an id of its own. With an
/// `Idempotency-Key`, the same request sent twice replaces it once.
#[utoipa::path(
    post,
    path = "/v1/submissions/{submission}/documents/{document}/replacement",
    tag = "teachers",
    security(("token" = ["submit"])),
    params(
        ("submission" = SubmissionId, Path, description = "The submission"),
        ("document" = DocumentId, Path, description = "The document that failed"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255,
            description = "Any text that is unique to this replacement, such as a UUID"),
    ),
    request_body = NewDocument,
    responses(
        (status = 201, description = "The submission", body = Submission, headers(
            ("Location" = String, description = "Where the submission is"),
        )),
        TokenProblems,
        IdProblems,
        StateProblems,
        DeclarationProblems,
    )
)]
fn replace_document() {}

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

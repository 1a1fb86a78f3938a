//! The routes of evaluators.

use portfolio::{DocumentId, Role, SubmissionId};

use super::problems::{IdProblems, PageProblems, StateProblems, TokenProblems};
use super::teachers::PageParameters;
use crate::catalog::CatalogSubmission;
use crate::page::Page;

/// List submissions that have documents to read, newest first
#[utoipa::path(
    get,
    path = "/v1/catalog/submissions",
    tag = "evaluators",
    security(("token" = ["evaluate"])),
    params(PageParameters),
    responses(
        (status = 200, description = "A page of submissions", body = Page<CatalogSubmission>),
        TokenProblems,
        PageProblems,
    )
)]
fn list_catalog_submissions() {}

/// See what there is to read of a submission
#[utoipa::path(
    get,
    path = "/v1/catalog/submissions/{submission}",
    tag = "evaluators",
    security(("token" = ["evaluate"])),
    params(("submission" = SubmissionId, Path, description = "The submission")),
    responses(
        (status = 200, description = "The submission", body = CatalogSubmission),
        TokenProblems,
        IdProblems,
    )
)]
fn get_catalog_submission() {}

/// Read a document
///
/// The canonical document: what was reviewed, by whom, what was remarked, and where the files are.
#[utoipa::path(
    get,
    path = "/v1/catalog/documents/{document}",
    tag = "evaluators",
    security(("token" = ["evaluate"])),
    params(
        ("document" = DocumentId, Path, description = "The document"),
        ("schema" = Option<u16>, Query, nullable = false, minimum = 1,
            description = "The highest version of the document's structure that the caller reads; the newest there is if absent"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "The `ETag` of the answer that the caller has"),
    ),
    responses(
        (status = 200, description = "The canonical document",
            content((ref("schemas/normalized-document-1.json") = "application/json")),
            headers(("ETag" = String, description = "The version of this answer"))),
        (status = 304, description = "Nothing has changed"),
        TokenProblems,
        IdProblems,
        PageProblems,
    )
)]
fn get_normalized_document() {}

/// Fetch a file of a document
///
/// Leads to the bucket, with an address that is valid for two hours. If the original is not the one that was reviewed any more, it
/// leads nowhere.
#[utoipa::path(
    get,
    path = "/v1/catalog/documents/{document}/files/{role}",
    tag = "evaluators",
    security(("token" = ["evaluate"])),
    params(
        ("document" = DocumentId, Path, description = "The document"),
        ("role" = Role, Path, description = "The file's role; `source` is the original"),
    ),
    responses(
        (status = 307, description = "Where the file can be fetched", headers(
            ("Location" = String, description = "A presigned address in the bucket"),
        )),
        TokenProblems,
        IdProblems,
        StateProblems,
    )
)]
fn get_file() {}

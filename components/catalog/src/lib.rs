//! Lists normalized documents for evaluators, and hands them out.
//!
//! Only what is ready is here. The JSON comes from the database as it was stored; the files come from the bucket itself,
//! through links that are valid for minutes.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod files;
mod list;
mod reader;

use api::page::query_parameter;
use api::{Cursor, PageRequest, Problem};
use http::{Method, StatusCode};
use portfolio::SubmissionId;
use reader::{Reader, database_failed};
use spin_edge::{Reply, answer, audit, json, segments, versioned_json};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

/// For readers that take any version of a document's structure.
const NEWEST: u16 = u16::MAX;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    answer(request, route).await
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let path = request.uri().path().to_owned();
    let segments = segments(&path);
    let ["v1", "catalog", rest @ ..] = segments.as_slice() else {
        return Err(Problem::not_found());
    };
    if request.method() != Method::GET {
        return Err(Problem::method_not_allowed(&["GET"]));
    }
    let reader = Reader::of(&request).await?;
    match rest {
        ["submissions"] => submissions(&reader, request.uri().query()).await,
        ["submissions", submission] => show_submission(&reader, submission).await,
        ["documents", document] => show_document(&reader, &request, document).await,
        ["documents", document, "files", role] => {
            let (id, content) = reader.content(document, NEWEST).await?;
            audit("file-linked", &reader.caller)
                .submission(&content.submission)
                .document(id)
                .code("role", role)
                .write();
            files::redirect(id, &content, role).await
        }
        _ => Err(Problem::not_found()),
    }
}

async fn submissions(reader: &Reader, query: Option<&str>) -> Result<Reply, Problem> {
    let request = PageRequest::from_query(query)?;
    let after = request.after.as_ref().map(Cursor::position);
    // One more than the page has room for tells whether there is another.
    let entries = reader
        .database
        .submissions(&reader.viewer, after, request.limit + 1)
        .await
        .map_err(database_failed)?;
    let mut items = list::submissions(entries)?;
    let room = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let next = (items.len() > room).then(|| {
        items.truncate(room);
        items.last().map(|last| Cursor::new(last.id.to_string()))
    });
    json(
        StatusCode::OK,
        &api::Page {
            items,
            next: next.flatten(),
        },
    )
}

async fn show_submission(reader: &Reader, submission: &str) -> Result<Reply, Problem> {
    let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
    let entries = reader
        .database
        .submission_for(&reader.viewer, &submission.to_string())
        .await
        .map_err(database_failed)?;
    let found = list::submissions(entries)?.pop().ok_or_else(Problem::not_found)?;
    json(StatusCode::OK, &found)
}

async fn show_document(reader: &Reader, request: &Request, document: &str) -> Result<Reply, Problem> {
    let version = match query_parameter(request.uri().query(), "schema") {
        None => NEWEST,
        Some(version) => version.parse().ok().filter(|version| *version > 0).ok_or_else(|| {
            let detail = "This is the highest version of the document's structure that you read: 1 or more.";
            Problem::invalid_parameter("schema", detail)
        })?,
    };
    let (id, content) = reader.content(document, version).await?;
    audit("document-read", &reader.caller)
        .submission(&content.submission)
        .document(id)
        .write();
    versioned_json(request.headers(), &content.sha256, content.body.into_bytes())
}

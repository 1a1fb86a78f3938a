//! Hears that an object is in the bucket, checks it, and queues it for transfer.
//!
//! The bucket says so with an event notification; where it sends none, the teacher's client says so. Either is a hint
//! and may come twice, late, out of order, or from somebody who is wrong: what counts is what is in the bucket.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod check;
mod notification;
mod sender;
mod topic;
mod trace;

use api::Problem;
use api::submissions::Noticed;
use check::{Intake, Verdict};
use http::{Method, StatusCode};
use portfolio::{DocumentId, SubmissionId};
use spin_edge::{Reply, answer, audit, caller, json, segments};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    answer(request, route).await
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    match (&method, segments(&path).as_slice()) {
        (&Method::POST, ["v1", "notifications", "bucket"]) => notification::take(request).await,
        (&Method::POST, ["v1", "submissions", submission, "documents", document, "uploaded"]) => {
            told(request, submission, document).await
        }
        (_, ["v1", "notifications", "bucket"] | ["v1", "submissions", _, "documents", _, "uploaded"]) => {
            Err(Problem::method_not_allowed(&["POST"]))
        }
        _ => Err(Problem::not_found()),
    }
}

/// The teacher's client says that it has uploaded a document.
async fn told(request: Request, submission: &str, document: &str) -> Result<Reply, Problem> {
    let permit = caller(&request).await?;
    let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
    let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
    let intake = Intake::open(trace::of(request.headers())).await?;
    intake.owned_by(&permit, submission, document).await?;
    audit("upload-announced", &permit.caller)
        .submission(submission)
        .document(document)
        .write();
    match intake.check(submission, document).await? {
        Verdict::Is(state) => json(StatusCode::ACCEPTED, &Noticed { document, state }),
        Verdict::NotThere => Err(Problem::wrong_state(
            "The file is not in the bucket yet. Upload it first.",
        )),
        Verdict::Unknown => Err(Problem::not_found()),
    }
}

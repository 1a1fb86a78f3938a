//! Hears that an object is in the bucket, checks it, and queues it for transfer.
//!
//! The bucket says so with an event notification; where it sends none, the teacher's client says so. Either is a hint
//! and may come twice, late, or from somebody who is wrong: what counts is what is in the bucket.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod check;
mod notification;
mod sender;
mod trace;

use access::Scope;
use api::Problem;
use api::submissions::Noticed;
use check::{Intake, Verdict};
use futures::future::try_join_all;
use http::{Method, StatusCode};
use portfolio::keys::{self, Object};
use portfolio::{DocumentId, SubmissionId};
use spin_edge::{Reply, caller, empty, json, read_body, reply, segments, variable};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

/// The most bytes that a notification has. MinIO and S3 send one record at a time, others up to some dozens.
const LARGEST_NOTIFICATION: usize = 256 * 1024;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    reply(route(request).await)
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    match (&method, segments(&path).as_slice()) {
        (&Method::POST, ["v1", "notifications", "bucket"]) => notified(request).await,
        (&Method::POST, ["v1", "submissions", submission, "documents", document, "uploaded"]) => {
            told(request, submission, document).await
        }
        (_, ["v1", "notifications", "bucket"] | ["v1", "submissions", _, "documents", _, "uploaded"]) => {
            Err(Problem::method_not_allowed(&["POST"]))
        }
        _ => Err(Problem::not_found()),
    }
}

/// The bucket says that something happened. It hears of success only when every record was dealt with, and sends the
/// notification again otherwise.
async fn notified(request: Request) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    sender::check(&parts.headers, &variable("notification_token").await?)?;
    let body = read_body(&parts.headers, body, LARGEST_NOTIFICATION).await?;
    let created = notification::created_keys(&body).map_err(Problem::invalid_notification)?;

    let intake = Intake::open(trace::of(&parts.headers)).await?;
    let uploads = created.iter().filter_map(|key| match keys::parse(key) {
        Some((submission, document, Object::Original)) => Some((submission, document)),
        // What the pipeline itself writes, and what others keep in the same bucket.
        _ => None,
    });
    try_join_all(uploads.map(
        async |(submission, document)| match intake.check(submission, document).await? {
            // The event overtook the object: the bucket will say it again.
            Verdict::NotThere => Err(Problem::unavailable(1, "the object cannot be seen yet")),
            Verdict::Unknown | Verdict::Is(_) => Ok(()),
        },
    ))
    .await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// The teacher's client says that it has uploaded a document.
async fn told(request: Request, submission: &str, document: &str) -> Result<Reply, Problem> {
    let caller = caller(request.headers(), Scope::Submit).await?;
    let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
    let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
    let intake = Intake::open(trace::of(request.headers())).await?;
    intake.owned_by(&caller, submission, document).await?;
    match intake.check(submission, document).await? {
        Verdict::Is(state) => json(StatusCode::ACCEPTED, &Noticed { document, state }),
        Verdict::NotThere => Err(Problem::wrong_state(
            "The file is not in the bucket yet. Upload it first.",
        )),
        Verdict::Unknown => Err(Problem::not_found()),
    }
}

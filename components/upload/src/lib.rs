//! Creates submissions, signs their uploads, and shows their progress.
//!
//! A teacher's bytes never pass through here: a client declares what it has, and gets its requests to the bucket signed,
//! one at a time, each valid for minutes and for nothing else. The only thing that this component writes to the bucket
//! is a small manifest of each submission, from which everything in flight can be rebuilt; and it deletes what was withdrawn or
//! replaced.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod create;
mod evaluators;
mod idempotency;
mod manifest;
mod progress;
mod replace;
mod revise;
mod sign;
mod signer;
mod teacher;
mod view;

use api::Problem;
use http::Method;
use spin_edge::{Reply, answer, segments};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use teacher::Teacher;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    answer(request, route).await
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let segments = segments(&path);
    let ["v1", "submissions", rest @ ..] = segments.as_slice() else {
        return Err(Problem::not_found());
    };
    match (&method, rest) {
        (&Method::POST, []) => create::create(&Teacher::of(&request).await?, request).await,
        (&Method::GET, []) => progress::list(&Teacher::of(&request).await?, &request).await,
        (&Method::GET, [id]) => progress::show(&Teacher::of(&request).await?, &request, id).await,
        (&Method::PATCH, [id]) => revise::rename(&Teacher::of(&request).await?, request, id).await,
        (&Method::PUT, [id, "evaluators"]) => evaluators::assign(&Teacher::of(&request).await?, request, id).await,
        (&Method::POST, [id, "withdrawal"]) => revise::withdraw(&Teacher::of(&request).await?, id).await,
        (&Method::POST, [id, "documents", document, "sign"]) => {
            sign::one_request(&Teacher::of(&request).await?, request, id, document).await
        }
        (&Method::POST, [id, "documents", document, "upload-url"]) => {
            sign::whole_again(&Teacher::of(&request).await?, id, document).await
        }
        (&Method::POST, [id, "documents", document, "replacement"]) => {
            replace::replace(&Teacher::of(&request).await?, request, id, document).await
        }
        (_, []) => Err(Problem::method_not_allowed(&["GET", "POST"])),
        (_, [_]) => Err(Problem::method_not_allowed(&["GET", "PATCH"])),
        (_, [_, "evaluators"]) => Err(Problem::method_not_allowed(&["PUT"])),
        (_, [_, "withdrawal"] | [_, "documents", _, "sign" | "upload-url" | "replacement"]) => {
            Err(Problem::method_not_allowed(&["POST"]))
        }
        _ => Err(Problem::not_found()),
    }
}

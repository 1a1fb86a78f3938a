//! Takes what a third party reports, checks who says it, records it and queues it: nothing more, so that the third party has
//! its answer in milliseconds.
//!
//! How a third party shows that a callback is its own, its adapter says ([`callback_signature`]). Anybody can send anything here, so
//! nothing is parsed before that was checked, and no more is read than a callback can have.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod record;

use api::Problem;
use callback_signature::{Received, Refused};
use handoff::VerifyWork;
use http::Method;
use jiff::Timestamp;
use spin_edge::{Reply, read_body, reply, variable};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use vendor::adapter;

/// The most bytes that a callback has: it lists files, it does not contain them.
const LARGEST_CALLBACK: usize = 256 * 1024;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    reply(receive(request).await)
}

async fn receive(request: Request) -> Result<Reply, Problem> {
    let vendor = adapter::describe();
    let path = request.uri().path();
    if path.strip_prefix("/v1/callbacks/") != Some(vendor.name.as_str()) {
        return Err(Problem::not_found());
    }
    if request.method() != Method::POST {
        return Err(Problem::method_not_allowed(&["POST"]));
    }
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, LARGEST_CALLBACK).await?;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let received_at = Timestamp::now();
    let webhook = callback_signature::check(
        &vendor.callback_signature,
        received_at.as_second(),
        &variable("webhook_secrets").await?,
        &Received {
            query: &query,
            headers: &parts.headers,
            body: &body,
        },
    )
    .map_err(refused)?;

    let delivery = adapter::Delivery {
        query: query.clone(),
        body: body.to_vec(),
    };
    let callback = adapter::read_callback(&delivery).map_err(Problem::invalid_callback)?;
    let work = VerifyWork {
        received_at,
        query,
        callback: String::from_utf8(delivery.body).map_err(Problem::invalid_callback)?,
    };
    record::record(vendor.name, webhook.id, callback, &work).await
}

/// Whoever calls is not told what was wrong: the log is.
fn refused(reason: Refused) -> Problem {
    match reason {
        Refused::NotGenuine(reason) => Problem::signature_invalid().with_cause(reason),
        Refused::Misconfigured(fault) => Problem::internal(format!("a webhook secret: {fault}")),
    }
}

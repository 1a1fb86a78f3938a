//! Hands a document to a third party: a presigned link to it, not its bytes.
//!
//! Before that, the file is held against what its teacher announced, if the bucket could not do that itself.
//!
//! What to send, and what the answer means, is the adapter's business. When the third party has accepted, the document's
//! item stays in the queue, out of sight, until the callback takes it out; if none comes in time, the item is due again
//! and the third party is asked once more, under the same idempotency key.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]
#![allow(
    clippy::result_large_err,
    reason = "an attempt's outcome is its error here; there is one for each document"
)]

mod checksum;
mod review;
mod vendor_request;

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ledger::{Item, State, Wait};
use retry_policy::RetryAfter;
use spin_outbound::Limits;
use spin_sdk::redis_subscriber;
use stage::{Options, Outcome, Stage};
use vendor::adapter;
use vendor_request::Vendor;

/// How long a callback may take where the policy has no `TimeoutSeconds`.
const CALLBACK_TIMEOUT: Duration = Duration::from_hours(24);

/// A third party's answer to a request is an id or an excuse.
const LARGEST_ANSWER: usize = 256 * 1024;

#[redis_subscriber]
async fn on_bell(_: Bytes) -> anyhow::Result<()> {
    let stage = Stage::open(Options {
        entering: Some(State::Transferring),
        concurrency: 8,
        vendor: Some(adapter::describe().name),
    })
    .await?;
    let vendor = Vendor::from_variables().await?;
    let bucket = spin_bucket::Client::open().await?;
    let deadline = stage.policy().timeout().unwrap_or(CALLBACK_TIMEOUT);
    stage
        .drain(async |item| match checksum::prepare(&stage, &bucket, item).await {
            Ok(()) => transfer(&vendor, bucket.signer(), deadline, item).await,
            Err(outcome) => outcome,
        })
        .await
}

async fn transfer(vendor: &Vendor, bucket: &bucket::Bucket, deadline: Duration, item: &Item) -> Outcome {
    let review = match review::of(vendor, bucket, item) {
        Ok(review) => review,
        Err(error) => return Outcome::permanent("internal", format!("The document cannot be sent: {error}.")),
    };
    let request = match adapter::make_request(&review) {
        Ok(request) => request,
        Err(reason) => return Outcome::permanent("refused", reason),
    };
    let request = match vendor.request(request, item.traceparent.as_deref()) {
        Ok(request) => request,
        Err(error) => {
            return Outcome::permanent(
                "internal",
                format!("The request to the review service is wrong: {error}."),
            );
        }
    };
    let answer = match spin_outbound::fetch(request, Limits::default(), LARGEST_ANSWER).await {
        Ok(answer) => answer,
        Err(error @ spin_outbound::Error::Denied(_)) => {
            return Outcome::permanent("outbound-denied", error.to_string());
        }
        Err(error) => return Outcome::unavailable("unreachable", error.to_string(), None),
    };
    let asked = answer
        .headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| RetryAfter::parse(value.to_str().ok()?, Timestamp::now().into()));
    match adapter::read_response(&vendor_request::response(answer)) {
        adapter::Outcome::Accepted(review) => Outcome::Wait(Wait {
            deadline,
            to: State::InReview,
            review,
            facts_patch: Some(requested_now()),
        }),
        adapter::Outcome::TryAgain(postponement) => Outcome::unavailable(
            "vendor-not-ready",
            format!("The review service did not take the document: {}.", postponement.reason),
            asked.or(postponement
                .after_seconds
                .map(|seconds| Duration::from_secs(seconds).into())),
        ),
        adapter::Outcome::Refused(reason) => Outcome::refused("refused", reason),
    }
}

/// When the third party took the document: a fact that the canonical document states.
fn requested_now() -> ledger::Facts {
    ledger::Facts::from_iter([("requested_at".to_owned(), Timestamp::now().to_string().into())])
}

//! Fetches what a third party returned, streams it into the bucket, and checks that it is correct.
//!
//! Whatever the callback says, a file counts only when its bytes are in the bucket and are what was promised and what
//! the adapter expects. A file that is wrong is asked for again, as the queue's policy says; when the policy is spent, the
//! document fails with a list of what was wrong.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]
#![allow(
    clippy::result_large_err,
    reason = "an attempt's outcome is its error here; there is one for each document"
)]

mod content;
mod deposit;
mod fetch;
mod passed;
mod progress;
mod promise;
mod records;
mod source;
mod verifier;

use bytes::Bytes;
use handoff::NormalizeWork;
use ledger::{Complete, Enqueue, Item, State};
use spin_sdk::redis_subscriber;
use stage::{Options, Outcome, Stage};
use vendor::adapter;
use verifier::Verifier;

#[redis_subscriber]
async fn on_bell(_: Bytes) -> anyhow::Result<()> {
    let options = Options {
        entering: Some(State::Verifying),
        concurrency: 4,
        vendor: None,
    };
    let stage = Stage::open(options).await?;
    let verifier = Verifier::from_variables().await?;
    stage
        .drain(async |item| verify(&verifier, item).await.unwrap_or_else(|outcome| outcome))
        .await
}

async fn verify(verifier: &Verifier, item: &Item) -> Result<Outcome, Outcome> {
    let work = verifier::read(item)?;
    let callback = adapter::read_callback(&work.delivery()).map_err(not_understood)?;
    verifier.keep_callback(&work).await?;
    let offered = match callback.verdict {
        adapter::Verdict::Completed(files) => files,
        adapter::Verdict::Failed(reason) => return Err(Outcome::permanent("review-failed", reason)),
    };
    let completed_at = match callback.completed_at {
        Some(time) => time
            .parse()
            .map_err(|error| not_understood(format!("Its time is no time: {error}.")))?,
        None => work.received_at,
    };

    // What was reviewed was this object, unless it was replaced meanwhile.
    stage::original::accepted(&verifier.bucket, &work.facts, work.document).await?;
    let files = verifier.fetch_all(&work, &offered).await?;

    let next = NormalizeWork {
        review: callback.review,
        requested_at: work.requested_at.unwrap_or(completed_at),
        completed_at,
        files,
    };
    verifier.keep_record(&work, &next).await?;
    Ok(Outcome::Complete(Complete {
        to: State::Normalizing,
        event: "verified",
        detail: None,
        handoff: Some(Enqueue::now(&verifier.next_queue, verifier::written(&next)?)),
        facts_patch: None,
    }))
}

fn not_understood(reason: impl Into<String>) -> Outcome {
    Outcome::permanent("callback-not-understood", reason)
}

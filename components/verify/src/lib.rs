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

mod callback;
mod content;
mod fetch;
mod hashing;
mod promise;
mod verifier;

use bytes::Bytes;
use handoff::{NormalizeWork, VerifyWork};
use jiff::Timestamp;
use ledger::{Complete, Enqueue, Item, State};
use portfolio::Facts;
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
    stage.drain(async |item| verifier.verify(item).await).await
}

impl Verifier {
    async fn verify(&self, item: &Item) -> Outcome {
        let (facts, work) = match read(item) {
            Ok(read) => read,
            Err(error) => return Outcome::permanent("internal", format!("The item cannot be read: {error}.")),
        };
        let callback = match adapter::read_callback(work.callback.as_bytes()) {
            Ok(callback) => callback,
            Err(reason) => return Outcome::permanent("callback-not-understood", reason),
        };
        if let Err(outcome) = self.keep_callback(item, &facts, work.callback).await {
            return outcome;
        }
        let offered = match callback.verdict {
            adapter::Verdict::Completed(files) => files,
            adapter::Verdict::Failed(reason) => return Outcome::permanent("review-failed", reason),
        };
        let completed_at: Timestamp = match callback.completed_at.parse() {
            Ok(time) => time,
            Err(error) => {
                return Outcome::permanent("callback-not-understood", format!("Its time is no time: {error}."));
            }
        };
        let expectations = adapter::expectations(&vendor::document(&item.document, &facts));
        let files = match self.fetch_all(item, &facts, &expectations, &offered).await {
            Ok(files) => files,
            Err(outcome) => return outcome,
        };
        let queued_at = Timestamp::from_millisecond(i64::try_from(item.enqueued_at.milliseconds()).unwrap_or(i64::MAX));
        let work = NormalizeWork {
            review: callback.review,
            // A callback that overtook the vendor's own answer leaves no time of the request: it was no later than this.
            requested_at: facts.requested_at.or(queued_at.ok()).unwrap_or(completed_at),
            completed_at,
            files,
        };
        match handoff::write(&work) {
            Ok(body) => Outcome::Complete(Complete {
                to: State::Normalizing,
                event: "verified",
                detail: None,
                handoff: Some(Enqueue::now(&self.next_queue, body)),
                facts_patch: None,
            }),
            Err(error) => Outcome::permanent("internal", format!("The next item cannot be written: {error}.")),
        }
    }
}

fn read(item: &Item) -> Result<(Facts, VerifyWork), serde_json::Error> {
    Ok((vendor::facts(item)?, handoff::read(&item.body)?))
}

//! Turns a third party's answer into the canonical document, and stores it: in the bucket, and in the database for
//! evaluators, with one statement.
//!
//! What the files mean is the adapter's business; that the result is a canonical document is checked here, before it is
//! stored. The same files give the same document, byte for byte, so a second attempt leaves no trace.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod store;

use bytes::Bytes;
use handoff::NormalizeWork;
use ledger::{Complete, Item, State};
use portfolio::{DocumentId, Facts};
use spin_sdk::redis_subscriber;
use stage::{Options, Outcome, Stage};
use store::Store;
use vendor::{adapter, canonical};

#[redis_subscriber]
async fn on_bell(_: Bytes) -> anyhow::Result<()> {
    let options = Options {
        entering: Some(State::Normalizing),
        concurrency: 4,
        vendor: None,
    };
    let stage = Stage::open(options).await?;
    let store = Store::open().await?;
    stage
        .drain(async |item| normalize(&store, item).await.unwrap_or_else(|outcome| outcome))
        .await
}

async fn normalize(store: &Store, item: &Item) -> Result<Outcome, Outcome> {
    let (id, facts, work) = read(item).map_err(|error| internal("The item cannot be read", &error))?;
    let document = vendor::document(&item.document, &facts);
    let files = store.returned_files(&facts, id, &document, &work).await?;

    let normalized = adapter::normalize(&document, &files).map_err(|reason| not_normalizable(&reason))?;
    let canonical = canonical::document(id, &facts, &work, &adapter::describe(), &normalized)
        .map_err(|reason| not_normalizable(&reason))?;
    // Evaluators are to see what was reviewed. What they have seen already may be made again without the file.
    if !facts.normalized {
        stage::original::accepted(store.bucket(), &facts, id).await?;
    }
    store.keep_derived(&facts, id, &normalized.files).await?;
    store.keep(item, &facts, &canonical).await?;

    Ok(Outcome::Complete(Complete {
        to: State::Ready,
        event: "normalized",
        detail: None,
        handoff: None,
        facts_patch: Some(ledger::Facts::from_iter([("normalized".to_owned(), true.into())])),
    }))
}

fn read(item: &Item) -> anyhow::Result<(DocumentId, Facts, NormalizeWork)> {
    Ok((item.document.parse()?, vendor::facts(item)?, handoff::read(&item.body)?))
}

/// What is in the files is not going to change, so another attempt would end the same.
fn not_normalizable(reason: &str) -> Outcome {
    Outcome::permanent(
        "not-normalizable",
        format!("The review service's answer could not be turned into a document: {reason}."),
    )
}

fn internal(what: &str, error: &dyn std::fmt::Display) -> Outcome {
    Outcome::permanent("internal", format!("{what}: {error}."))
}

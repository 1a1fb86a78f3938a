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

mod canonical;

use std::time::Duration;

use bytes::Bytes;
use canonical_document::NormalizedDocument;
use catalog_database::{Database, NewRow};
use futures::future::try_join_all;
use handoff::{NormalizeWork, VerifiedFile};
use jiff::Timestamp;
use ledger::{Complete, Item, State};
use portfolio::{DocumentId, Facts, Sha256, keys};
use sha2::Digest as _;
use spin_bucket::Client;
use spin_sdk::redis_subscriber;
use stage::{Options, Outcome, Stage};
use vendor::adapter;

/// Where canonical documents are kept. The database is opened when there is something to write, so that one that cannot be
/// opened is a recorded failure of the document, not a worker that never begins.
struct Store {
    bucket: Client,
}

#[redis_subscriber]
async fn on_bell(_: Bytes) -> anyhow::Result<()> {
    let options = Options {
        entering: Some(State::Normalizing),
        lease: Duration::from_mins(1),
        concurrency: 4,
    };
    let stage = Stage::open(options).await?;
    let store = Store {
        bucket: Client::open().await?,
    };
    stage
        .drain(async |item| normalize(&store, item).await.unwrap_or_else(|outcome| outcome))
        .await
}

async fn normalize(store: &Store, item: &Item) -> Result<Outcome, Outcome> {
    let (id, facts, work) = read(item).map_err(|error| internal("The item cannot be read", &error))?;
    let document = vendor::document(&item.document, &facts);
    let files = store.returned_files(&facts, id, &document, &work).await?;

    let normalized = adapter::normalize(&document, &files).map_err(|reason| not_normalizable(&reason))?;
    let canonical = canonical::document(id, &facts, &work, &adapter::describe(), normalized)
        .map_err(|reason| not_normalizable(&reason))?;
    store.keep(item, &facts, &canonical).await?;

    Ok(Outcome::Complete(Complete {
        to: State::Ready,
        event: "normalized",
        detail: None,
        handoff: None,
        facts_patch: None,
    }))
}

fn read(item: &Item) -> anyhow::Result<(DocumentId, Facts, NormalizeWork)> {
    Ok((item.document.parse()?, vendor::facts(item)?, handoff::read(&item.body)?))
}

impl Store {
    /// The returned files in the adapter's words, with the content of those that it wants to read.
    async fn returned_files(
        &self,
        facts: &Facts,
        id: DocumentId,
        document: &adapter::Document,
        work: &NormalizeWork,
    ) -> Result<Vec<adapter::ReturnedFile>, Outcome> {
        let expectations = adapter::expectations(document);
        let wanted = |file: &VerifiedFile| {
            expectations
                .iter()
                .any(|expected| expected.content && expected.role == file.role.as_str())
        };
        let read = async |file: &VerifiedFile| {
            let content = if wanted(file) {
                let largest = usize::try_from(file.size).unwrap_or(usize::MAX);
                let key = keys::returned(&facts.submission, &id, &file.role);
                self.bucket
                    .get(&key, largest)
                    .await
                    .map_err(|error| bucket_failed(&error))?
                    .to_vec()
            } else {
                Vec::new()
            };
            Ok(adapter::ReturnedFile {
                role: file.role.to_string(),
                media_type: file.media_type.clone(),
                size: file.size,
                sha256: file.sha256.to_string(),
                content,
            })
        };
        try_join_all(work.files.iter().map(read)).await
    }

    async fn keep(&self, item: &Item, facts: &Facts, document: &NormalizedDocument) -> Result<(), Outcome> {
        let body =
            serde_json::to_string(document).map_err(|error| internal("The document cannot be written", &error))?;
        let key = keys::normalized(&document.submission, &document.document);
        self.bucket
            .put(&key, "application/json", body.clone().into())
            .await
            .map_err(|error| bucket_failed(&error))?;

        let digest: [u8; 32] = sha2::Sha256::digest(&body).into();
        let row = NewRow {
            document: document.document.to_string(),
            submission: document.submission.to_string(),
            title: document.title.clone(),
            teacher: item.name_of_owner.clone(),
            name: document.source.name.clone(),
            kind: document.kind.to_string(),
            media_type: facts.media_type.to_string(),
            vendor: document.review.vendor.clone(),
            annotations: document.annotations.len() as u64,
            normalized_at: Timestamp::now().to_string(),
            sha256: Sha256::from(digest).to_string(),
            body,
        };
        let stored = async { Database::open().await?.upsert(row).await };
        stored.await.map_err(|error| {
            if error.is_transient() {
                Outcome::transient(
                    "database-unavailable",
                    format!("The document could not be stored: {error}."),
                )
            } else {
                Outcome::permanent(
                    "database-refused",
                    format!("The document could not be stored: {error}."),
                )
            }
        })
    }
}

/// What is in the files is not going to change, so another attempt would end the same.
fn not_normalizable(reason: &str) -> Outcome {
    Outcome::permanent(
        "not-normalizable",
        format!("The review service's answer could not be turned into a document: {reason}."),
    )
}

fn bucket_failed(error: &spin_bucket::Error) -> Outcome {
    if error.is_transient() {
        Outcome::transient(
            "bucket-unavailable",
            format!("The bucket does not serve the document: {error}."),
        )
    } else {
        Outcome::permanent(
            "bucket-refused",
            format!("The bucket does not serve the document: {error}."),
        )
    }
}

fn internal(what: &str, error: &dyn std::fmt::Display) -> Outcome {
    Outcome::permanent("internal", format!("{what}: {error}."))
}

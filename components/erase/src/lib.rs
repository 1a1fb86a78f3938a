//! Deletes submissions whose time is over, or that somebody wants deleted at once: what the bucket and the database have of them,
//! and then what the ledger knows.
//!
//! Everything here may be done twice. Whatever fails is left to its lease, like any other work: the submission is due again when
//! that is over. A receipt stays in the ledger.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use catalog_database::Database;
use event_log::Event;
use ledger::{Deleted, Erasing};
use portfolio::{DocumentId, SubmissionId};
use spin_sdk::redis_subscriber;

/// How long a submission is left to a worker. What could not be deleted is tried again when that is over, so it is short: a worker that
/// takes longer, because there are thousands of objects, is joined by another one, and neither harms the other.
const LEASE: Duration = Duration::from_secs(30);

#[redis_subscriber]
async fn on_bell(_: Bytes) -> anyhow::Result<()> {
    let eraser = Eraser {
        ledger: spin_ledger::Client::open().await?,
        bucket: spin_bucket::Client::open().await?,
        database: Database::open().await?,
    };
    loop {
        let call = eraser.ledger.ledger().receive_erasures(1, LEASE);
        let taken = eraser.ledger.run(call).await?;
        for erasing in &taken.items {
            // One that cannot be deleted now must not keep the others: it is due again when its lease is over.
            if let Err(error) = eraser.erase(erasing).await {
                Event::new("erasure-failed")
                    .submission(&erasing.submission)
                    .reason(format_args!("{error:#}"))
                    .write();
            }
        }
        if taken.items.is_empty() || taken.due == 0 {
            return Ok(());
        }
    }
}

struct Eraser {
    ledger: spin_ledger::Client,
    bucket: spin_bucket::Client,
    database: Database,
}

impl Eraser {
    async fn erase(&self, erasing: &Erasing) -> anyhow::Result<()> {
        let submission: SubmissionId = erasing.submission.parse().context("its id is none")?;
        let documents = erasing.documents.iter().map(|document| document.id.parse());
        let documents = documents
            .collect::<Result<Vec<DocumentId>, _>>()
            .context("a document's id is none")?;
        let mut deleted = Deleted::default();
        loop {
            let removed = erasure::submission(&self.bucket, &submission, &documents)
                .await
                .context("the bucket does not delete its objects")?;
            deleted.objects += removed.objects;
            deleted.bytes += removed.bytes;
            if !removed.is_truncated {
                break;
            }
        }
        deleted.rows = self
            .database
            .delete(&erasing.submission)
            .await
            .context("the database does not delete its rows")?;
        let call = self.ledger.ledger().erased(&erasing.submission, deleted);
        let receipt = self.ledger.run(call).await?;
        if let Some(receipt) = receipt {
            Event::audit("erased", &receipt.by)
                .submission(&erasing.submission)
                .count("objects", deleted.objects)
                .count("bytes", deleted.bytes)
                .count("rows", deleted.rows)
                .write();
        }
        Ok(())
    }
}

//! The submission as it lies in the bucket: its manifest, and what is taken away from it.

use access::Owner;
use api::Problem;
use bytes::Bytes;
use ledger::SubmissionRecord;
use portfolio::{DocumentId, Manifest, ManifestDocument, SubmissionId, keys};
use spin_edge::{bucket_failed, time};

use crate::{teacher, view};

/// Deletes what the bucket has of a document that is not to be had any more. What does not fit into one request is left to who
/// deletes what is old; nobody is shown it.
pub(crate) async fn erase(submission: &SubmissionId, document: &DocumentId) -> Result<(), Problem> {
    let bucket = spin_bucket::Client::open().await.map_err(bucket_failed)?;
    erasure::document(&bucket, submission, document)
        .await
        .map_err(bucket_failed)?;
    Ok(())
}

/// Writes the manifest from the ledger's record, so that a repeated request writes the same again.
pub(crate) async fn keep(record: &SubmissionRecord) -> Result<(), Problem> {
    let documents = record.documents.iter().map(|document| {
        let facts = view::facts(document)?;
        Ok(ManifestDocument {
            id: document.id.parse().map_err(Problem::internal)?,
            name: facts.name,
            kind: facts.kind,
            media_type: facts.media_type,
            size: facts.size,
            sha256: facts.sha256,
        })
    });
    let Owner { tenant, subject } = record.owner.parse().map_err(Problem::internal)?;
    let manifest = Manifest {
        schema: Manifest::SCHEMA.to_owned(),
        submission: record.id.parse().map_err(Problem::internal)?,
        tenant,
        owner: subject,
        owner_name: record.name_of_owner.clone(),
        title: record.title.clone(),
        evaluators: teacher::evaluators(record)?,
        assigned_at: time(record.assigned_at)?,
        created_at: time(record.created_at)?,
        withdrawn_at: record.withdrawn_at.map(time).transpose()?,
        documents: documents.collect::<Result<_, Problem>>()?,
    };
    let body = Bytes::from(serde_json::to_vec(&manifest).map_err(Problem::internal)?);
    let bucket = spin_bucket::Client::open().await.map_err(bucket_failed)?;
    bucket
        .put(&keys::manifest(&manifest.submission), "application/json", body)
        .await
        .map_err(bucket_failed)
}

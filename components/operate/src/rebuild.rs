//! Rebuilding what Redis has lost, from the bucket and the database.
//!
//! Each submission's manifest is in the bucket from its creation, and whatever a stage produced. What is found there says where
//! each document goes on; see [`evidence`]. What Redis still knows is left as it is, so a rebuild may be made at any time, broken
//! off and made again.

mod evidence;
mod listing;

use std::collections::BTreeSet;

use access::Owner;
use api::operations::{RebuildRequest, RebuildTrouble, Rebuilt};
use api::{Cursor, Problem};
use bucket::Listed;
use catalog_database::Database;
use evidence::Evidence;
use futures::{StreamExt as _, stream};
use handoff::QueueByKind;
use http::StatusCode;
use ledger::{Failure, LostDocument, LostSubmission, State};
use portfolio::retention::Retention;
use portfolio::{Facts, Manifest, ManifestDocument, SubmissionId, keys, sniff};
use spin_edge::{Reply, bucket_failed, in_ledger, json, variable};

use crate::Operator;

/// How many objects one request looks at: some dozen submissions, a fraction of a handler's time.
const OBJECTS_AT_ONCE: usize = 300;

/// How many submissions are looked at side by side.
const CONCURRENCY: usize = 8;

/// A manifest lists some documents; a callback lists files.
const LARGEST_MANIFEST: usize = 1024 * 1024;

/// Rebuilds some submissions, and says where to go on.
pub(crate) async fn rebuild(operator: &Operator, request: RebuildRequest) -> Result<Reply, Problem> {
    let rebuild = Rebuild {
        operator,
        bucket: spin_bucket::Client::open().await.map_err(bucket_failed)?,
        database: Database::open().await.map_err(Problem::internal)?,
        transfers: crate::queues::of_transfers().await?,
        retention: variable("retention_days").await?.parse().map_err(Problem::internal)?,
    };
    let after = request.after.as_ref().map(Cursor::position);
    let listing = rebuild
        .bucket
        .list(keys::PREFIX, after, OBJECTS_AT_ONCE)
        .await
        .map_err(bucket_failed)?;
    let (submissions, next) = listing::complete(&listing.objects, listing.is_truncated);

    let done: Vec<_> = stream::iter(&submissions)
        .map(async |(submission, objects)| (*submission, rebuild.submission(*submission, objects).await))
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    let (mut restored, mut troubles) = (0, Vec::new());
    for (submission, outcome) in done {
        match outcome {
            Ok(documents) => restored += documents,
            Err(Trouble::Submission(reason)) => troubles.push(RebuildTrouble { submission, reason }),
            // Without Redis, the bucket or the database there is no going on.
            Err(Trouble::Everything(problem)) => return Err(problem),
        }
    }
    json(
        StatusCode::OK,
        &Rebuilt {
            submissions: u32::try_from(submissions.len()).unwrap_or(u32::MAX),
            restored,
            troubles,
            next: next.map(Cursor::new),
        },
    )
}

/// Why a submission was not restored.
enum Trouble {
    /// Something is wrong with what was found of it.
    Submission(String),
    /// Something is not there that all of them need.
    Everything(Problem),
}

struct Rebuild<'a> {
    operator: &'a Operator,
    bucket: spin_bucket::Client,
    database: Database,
    transfers: QueueByKind,
    retention: Retention,
}

impl Rebuild<'_> {
    /// How many documents of a submission were restored.
    async fn submission(&self, submission: SubmissionId, objects: &[&Listed]) -> Result<u32, Trouble> {
        let manifest = self
            .bucket
            .get(&keys::manifest(&submission), LARGEST_MANIFEST)
            .await
            .map_err(|error| match error {
                spin_bucket::Error::NotFound(_) => Trouble::Submission("There is no manifest in the bucket.".into()),
                error => Trouble::Everything(bucket_failed(error)),
            })?;
        let manifest: Manifest = serde_json::from_slice(&manifest)
            .map_err(|error| Trouble::Submission(format!("The manifest in the bucket cannot be read: {error}.")))?;
        let written = self.database.written(&submission.to_string()).await;
        let written = written.map_err(|error| Trouble::Everything(Problem::unavailable(2, error)))?;
        // A row that was written for those who might read it before is not the last word: its document goes on.
        let assigned_at = in_ledger(manifest.assigned_at).milliseconds();
        let ready: BTreeSet<_> = written
            .into_iter()
            .filter(|(_, written_for)| *written_for >= assigned_at)
            .map(|(document, _)| document)
            .collect();

        let mut documents = Vec::new();
        for declared in &manifest.documents {
            let is_ready = ready.contains(&declared.id.to_string());
            let evidence = self.evidence(submission, declared, objects, is_ready).await?;
            documents.push(self.lost(&manifest, declared, evidence)?);
        }
        let lost = LostSubmission {
            id: submission.to_string(),
            owner: Owner::of(&manifest).to_string(),
            title: manifest.title.clone(),
            name_of_owner: manifest.owner_name.clone(),
            evaluators: serde_json::to_string(&manifest.evaluators)
                .map_err(|error| Trouble::Everything(Problem::internal(error)))?,
            assigned_at: in_ledger(manifest.assigned_at),
            created_at: in_ledger(manifest.created_at),
            withdrawn_at: manifest.withdrawn_at.map(in_ledger),
            keep_for: self.retention.0,
            documents,
        };
        let client = &self.operator.client;
        let call = client.ledger().restore(&lost, self.operator.caller.subject());
        let restored = client
            .run(call)
            .await
            .map_err(|error| Trouble::Everything(spin_edge::ledger_failed(error)))?;
        Ok(u32::try_from(restored.restored.len()).unwrap_or(u32::MAX))
    }

    /// What there is of a document outside of Redis.
    async fn evidence(
        &self,
        submission: SubmissionId,
        declared: &ManifestDocument,
        objects: &[&Listed],
        is_ready: bool,
    ) -> Result<Evidence, Trouble> {
        if is_ready {
            return Ok(Evidence::Row);
        }
        let bucket_failed = |error| Trouble::Everything(bucket_failed(error));
        let find = |key: &str| objects.iter().find(|object| object.key == key);
        let key = keys::callback(&submission, &declared.id);
        if find(&key).is_some() {
            let kept = self.bucket.get(&key, LARGEST_MANIFEST).await.map_err(bucket_failed)?;
            return serde_json::from_slice(&kept)
                .map(Evidence::Callback)
                .map_err(|error| Trouble::Submission(format!("The callback in the bucket cannot be read: {error}.")));
        }
        let key = keys::original(&submission, &declared.id);
        let Some(found) = find(&key).filter(|found| found.size == declared.size) else {
            return Ok(Evidence::Nothing);
        };
        let first_bytes = self
            .bucket
            .first_bytes(&key, sniff::FIRST_BYTES)
            .await
            .map_err(bucket_failed)?;
        // A file that is not what it was announced as was not taken in, and is not taken in here.
        Ok(match sniff::check(&first_bytes, declared.media_type) {
            Ok(()) => Evidence::Original {
                etag: found.etag.clone(),
            },
            Err(_) => Evidence::Nothing,
        })
    }

    fn lost(
        &self,
        manifest: &Manifest,
        declared: &ManifestDocument,
        evidence: Evidence,
    ) -> Result<LostDocument, Trouble> {
        let internal = |error| Trouble::Everything(Problem::internal(error));
        let facts = Facts {
            received: evidence.etag().is_some().then_some(declared.size),
            etag: evidence.etag(),
            ..manifest.facts(declared)
        };
        let facts = serde_json::to_value(facts)
            .and_then(serde_json::from_value)
            .map_err(internal)?;
        let place = evidence.place(declared.kind, &self.transfers).map_err(internal)?;
        // What its teacher has withdrawn is not set on its way again, whatever there is of it.
        if manifest.withdrawn_at.is_some() {
            return Ok(LostDocument {
                id: declared.id.to_string(),
                facts,
                state: State::Failed,
                enqueue: None,
                failure: Some(Failure::new("withdrawn", "This submission was withdrawn.")),
            });
        }
        Ok(LostDocument {
            id: declared.id.to_string(),
            facts,
            state: place.state,
            enqueue: place.enqueue,
            failure: None,
        })
    }
}

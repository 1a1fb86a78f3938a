//! Creating a submission.

use api::Problem;
use bytes::Bytes;
use http::StatusCode;
use http::header::LOCATION;
use jiff::Timestamp;
use ledger::{Created, Facts, Idempotency, NewDocument, NewSubmission, SubmissionRecord};
use portfolio::{Declaration, DocumentId, Limits, Manifest, ManifestDocument, SubmissionId, declaration, keys};
use sha2::Digest as _;
use spin_edge::{Reply, bucket_failed, json, ledger_failed, read_json_bytes, set};
use spin_sdk::http::Request;

use crate::{Teacher, sign};

/// The longest `Idempotency-Key` that is taken, in characters.
const LONGEST_KEY: usize = 255;

/// The ledger knows the submission before the bucket has its manifest, and the caller hears of it only after both: a
/// request that was interrupted is sent again under the same idempotency key, and completes what is missing.
pub(crate) async fn create(teacher: &Teacher, request: Request) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let key = idempotency_key(&parts.headers)?;
    let body = read_json_bytes(&parts.headers, body, declaration::MAX_BYTES).await?;
    let declaration = Declaration::from_json(&body, &Limits::default().with_single_put())?;

    let caller = &teacher.caller;
    let manifest = Manifest::new(
        SubmissionId::generate(),
        caller.subject.clone(),
        caller.name.clone(),
        Timestamp::now(),
        declaration,
        DocumentId::generate,
    );
    let idempotency = key.map(|key| Idempotency {
        key,
        fingerprint: fingerprint(&body),
    });
    let call = teacher
        .client
        .ledger()
        .create_submission(&new_submission(&manifest, idempotency)?);
    let id = match teacher.client.run(call).await.map_err(ledger_failed)? {
        Created::New => manifest.submission,
        Created::Replayed(id) => id.parse().map_err(Problem::internal)?,
        Created::KeyReused => return Err(Problem::idempotency_key_reused()),
    };

    let record = teacher.own(&id.to_string()).await?;
    keep_manifest(&record).await?;
    let mut reply = json(StatusCode::CREATED, &teacher.view(&record).await?)?;
    set(&mut reply, LOCATION, &format!("/v1/submissions/{id}"))?;
    Ok(reply)
}

fn idempotency_key(headers: &http::HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Problem::invalid_parameter(
            "Idempotency-Key",
            format!("The key has 1 to {LONGEST_KEY} ASCII characters."),
        )
    })?;
    Ok(Some(key.to_owned()))
}

fn fingerprint(body: &[u8]) -> String {
    portfolio::Sha256::from(<[u8; 32]>::from(sha2::Sha256::digest(body))).to_string()
}

fn new_submission(manifest: &Manifest, idempotency: Option<Idempotency>) -> Result<NewSubmission, Problem> {
    let document = |document: &ManifestDocument| {
        let facts = serde_json::to_value(manifest.facts(document)).map_err(Problem::internal)?;
        let facts: Facts = serde_json::from_value(facts).map_err(Problem::internal)?;
        Ok(NewDocument {
            id: document.id.to_string(),
            facts,
        })
    };
    Ok(NewSubmission {
        id: manifest.submission.to_string(),
        owner: manifest.owner.clone(),
        title: manifest.title.clone(),
        name_of_owner: manifest.owner_name.clone(),
        idempotency,
        documents: manifest
            .documents
            .iter()
            .map(document)
            .collect::<Result<_, Problem>>()?,
    })
}

/// Writes the manifest from the ledger's record, so that a repeated request writes the same again.
async fn keep_manifest(record: &SubmissionRecord) -> Result<(), Problem> {
    let documents = record.documents.iter().map(|document| {
        let facts = sign::facts(document)?;
        Ok(ManifestDocument {
            id: document.id.parse().map_err(Problem::internal)?,
            name: facts.name,
            kind: facts.kind,
            media_type: facts.media_type,
            size: facts.size,
            sha256: facts.sha256,
        })
    });
    let manifest = Manifest {
        schema: Manifest::SCHEMA.to_owned(),
        submission: record.id.parse().map_err(Problem::internal)?,
        owner: record.owner.clone(),
        owner_name: record.name_of_owner.clone(),
        title: record.title.clone(),
        created_at: spin_edge::time(record.created_at)?,
        documents: documents.collect::<Result<_, Problem>>()?,
    };
    let body = Bytes::from(serde_json::to_vec(&manifest).map_err(Problem::internal)?);
    let bucket = spin_bucket::Client::open().await.map_err(bucket_failed)?;
    bucket
        .put(&keys::manifest(&manifest.submission), "application/json", body)
        .await
        .map_err(bucket_failed)
}

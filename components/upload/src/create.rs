//! Creating a submission.

use access::Owner;
use api::Problem;
use http::StatusCode;
use http::header::LOCATION;
use jiff::Timestamp;
use ledger::{Created, Idempotency, NewDocument, NewSubmission};
use portfolio::manifest::Creator;
use portfolio::{Declaration, DocumentId, Facts, Manifest, ManifestDocument, SubmissionId, declaration};
use spin_edge::{Reply, audit, json, ledger_failed, read_json_bytes, set, variable};
use spin_sdk::http::Request;

use crate::teacher::Teacher;
use crate::{idempotency, manifest};

/// The ledger knows the submission before the bucket has its manifest, and the caller hears of it only after both: a
/// request that was interrupted is sent again under the same idempotency key, and completes what is missing.
pub(crate) async fn create(teacher: &Teacher, request: Request) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, declaration::MAX_BYTES).await?;
    let idempotency = idempotency::of(&parts.headers, "", &body)?;
    let declaration = Declaration::from_json(&body, &teacher.limits)?;

    let caller = &teacher.permit.caller;
    let by_default = variable("default_evaluators").await?;
    let manifest = Manifest::new(
        SubmissionId::generate(),
        Creator {
            tenant: caller.tenant().to_owned(),
            subject: caller.subject().to_owned(),
            name: caller.name.clone(),
        },
        Timestamp::now(),
        declaration,
        by_default
            .parse()
            .map_err(|error| Problem::internal(format!("the variable default_evaluators: {error}")))?,
        DocumentId::generate,
    );
    let mut new = new_submission(&manifest, idempotency)?;
    new.keep_for = teacher.retention.0;
    new.most_per_day = Some(teacher.limits.submissions_per_day);
    let call = teacher.client.ledger().create_submission(&new);
    let id = match teacher.client.run(call).await.map_err(ledger_failed)? {
        Created::New => {
            audit("submission-created", caller)
                .submission(manifest.submission)
                .write();
            manifest.submission
        }
        Created::Replayed(id) => id.parse().map_err(Problem::internal)?,
        Created::KeyReused => return Err(Problem::idempotency_key_reused()),
        Created::TooMany => return Err(Problem::too_many_submissions(teacher.limits.submissions_per_day)),
    };
    created(teacher, &id).await
}

/// The answer about a submission that was created or has a new document.
pub(crate) async fn created(teacher: &Teacher, id: &SubmissionId) -> Result<Reply, Problem> {
    let record = teacher.own(&id.to_string()).await?;
    manifest::keep(&record).await?;
    let mut reply = json(StatusCode::CREATED, &teacher.view(&record).await?)?;
    set(&mut reply, LOCATION, &format!("/v1/submissions/{id}"))?;
    Ok(reply)
}

fn new_submission(manifest: &Manifest, idempotency: Option<Idempotency>) -> Result<NewSubmission, Problem> {
    let document = |document: &ManifestDocument| new_document(document, manifest.facts(document));
    Ok(NewSubmission {
        id: manifest.submission.to_string(),
        owner: Owner::of(manifest).to_string(),
        title: manifest.title.clone(),
        name_of_owner: manifest.owner_name.clone(),
        evaluators: serde_json::to_string(&manifest.evaluators).map_err(Problem::internal)?,
        idempotency,
        most_per_day: None,
        keep_for: None,
        documents: manifest
            .documents
            .iter()
            .map(document)
            .collect::<Result<_, Problem>>()?,
    })
}

/// A document as the ledger takes it.
pub(crate) fn new_document(document: &ManifestDocument, facts: Facts) -> Result<NewDocument, Problem> {
    let facts = serde_json::to_value(facts).map_err(Problem::internal)?;
    Ok(NewDocument {
        id: document.id.to_string(),
        facts: serde_json::from_value(facts).map_err(Problem::internal)?,
    })
}

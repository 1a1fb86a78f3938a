//! Who may read a submission.

use api::Problem;
use api::submissions::Assigned;
use futures::future::try_join_all;
use http::StatusCode;
use portfolio::{DocumentId, SubmissionId, declaration};
use spin_edge::{Reply, audit, bucket_failed, json, ledger_failed, read_json_bytes, variable};
use spin_sdk::http::Request;

use crate::manifest;
use crate::teacher::Teacher;

/// Says who may read a submission from now on: its owner does, or an operator.
///
/// What evaluators read from is the database, which `normalize` alone writes: documents that are ready are normalized again.
/// A request that was interrupted is made again, and completes what is missing.
pub(crate) async fn assign(teacher: &Teacher, request: Request, submission: &str) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, declaration::MAX_BYTES).await?;
    // Whose it is comes first: who may not see it learns nothing of what is wrong.
    let record = teacher.own(submission).await?;
    let evaluators = declaration::evaluators_from_json(&body)?;
    let text = serde_json::to_string(&evaluators).map_err(Problem::internal)?;
    let by = teacher.permit.caller.subject();
    let call = teacher.client.ledger().assign(&record.id, &text, by);
    let assigned = teacher.client.run(call).await.map_err(ledger_failed)?;
    let assigned = assigned.ok_or_else(Problem::not_found)?;
    let record = teacher.own(submission).await?;
    manifest::keep(&record).await?;
    let submission: SubmissionId = record.id.parse().map_err(Problem::internal)?;
    let ready = assigned.ready.iter().map(|document| document.parse());
    let ready: Vec<DocumentId> = ready.collect::<Result<_, _>>().map_err(Problem::internal)?;
    renew(teacher, submission, &ready).await?;
    audit("evaluators-assigned", &teacher.permit.caller)
        .submission(submission)
        .write();
    json(
        StatusCode::OK,
        &Assigned {
            submission,
            evaluators,
            renewed: ready,
        },
    )
}

/// Queues documents that are ready for `normalize`. One that has been queued since reads the same as this one would.
async fn renew(teacher: &Teacher, submission: SubmissionId, ready: &[DocumentId]) -> Result<(), Problem> {
    if ready.is_empty() {
        return Ok(());
    }
    let queues = variable("queues").await?;
    let bucket = spin_bucket::Client::open().await.map_err(bucket_failed)?;
    let has_queue = |name: &str| queues.split_whitespace().any(|queue| queue == name);
    let by = teacher.permit.caller.subject();
    let renew = async |document: &DocumentId| {
        renormalize::renormalize(&bucket, &teacher.client, (submission, *document), by, has_queue)
            .await
            .map_err(|error| match error {
                renormalize::Error::Ledger(error) => ledger_failed(error),
                renormalize::Error::Bucket(error) => bucket_failed(error),
                error => Problem::internal(error),
            })
    };
    try_join_all(ready.iter().map(renew)).await.map(drop)
}

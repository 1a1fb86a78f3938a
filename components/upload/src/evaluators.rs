//! Who may read a submission.

use api::Problem;
use api::submissions::Assigned;
use http::StatusCode;
use portfolio::declaration;
use spin_edge::{Reply, json, ledger_failed, read_json_bytes};
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
    let by = teacher.permit.caller.owner.to_string();
    let call = teacher.client.ledger().assign(&record.id, &text, &by);
    let assigned = teacher.client.run(call).await.map_err(ledger_failed)?;
    let assigned = assigned.ok_or_else(Problem::not_found)?;
    let record = teacher.own(submission).await?;
    manifest::keep(&record).await?;
    let ready = assigned.ready.iter().map(|document| document.parse());
    json(
        StatusCode::OK,
        &Assigned {
            submission: record.id.parse().map_err(Problem::internal)?,
            evaluators,
            renewed: ready.collect::<Result<_, _>>().map_err(Problem::internal)?,
        },
    )
}

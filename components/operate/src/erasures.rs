//! Having a submission deleted at once, and the receipt of it.

use api::Problem;
use api::operations::{Erasure, ErasureRequest};
use http::StatusCode;
use http::header::LOCATION;
use portfolio::SubmissionId;
use spin_edge::{Reply, audit, json, ledger_failed, set, time};

use crate::Operator;

/// Begins it. Pressing twice is safe: the first reason stays.
pub(crate) async fn request(operator: &Operator, request: &ErasureRequest) -> Result<Reply, Problem> {
    let submission = request.submission.to_string();
    let call = operator
        .client
        .ledger()
        .request_erasure(&submission, operator.caller.subject(), &request.reason);
    let found = operator.client.run(call).await.map_err(ledger_failed)?;
    let begun = found.ok_or_else(Problem::not_found)?;
    audit("submission-erased", &operator.caller)
        .submission(&submission)
        .write();
    let mut reply = json(StatusCode::ACCEPTED, &receipt(begun)?)?;
    set(&mut reply, LOCATION, &format!("/v1/erasures/{submission}"))?;
    Ok(reply)
}

pub(crate) async fn show(operator: &Operator, submission: &str) -> Result<Reply, Problem> {
    let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
    let call = operator.client.ledger().erasure(&submission.to_string());
    let found = operator.client.run(call).await.map_err(ledger_failed)?;
    json(StatusCode::OK, &receipt(found.ok_or_else(Problem::not_found)?)?)
}

fn receipt(erasure: ledger::Erasure) -> Result<Erasure, Problem> {
    Ok(Erasure {
        submission: erasure.submission.parse().map_err(Problem::internal)?,
        requested_at: time(erasure.requested_at)?,
        by: erasure.by,
        reason: erasure.reason,
        erased_at: erasure.erased_at.map(time).transpose()?,
        objects: erasure.deleted.objects,
        bytes: erasure.deleted.bytes,
        rows: erasure.deleted.rows,
    })
}

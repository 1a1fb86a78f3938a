//! What a teacher changes afterwards.

use api::Problem;
use api::submissions::State;
use http::StatusCode;
use ledger::{Failure, Revised, SubmissionRecord};
use portfolio::declaration;
use spin_edge::{Reply, audit, json, ledger_failed, read_json_bytes};
use spin_sdk::http::Request;

use crate::manifest;
use crate::teacher::Teacher;

pub(crate) async fn rename(teacher: &Teacher, request: Request, submission: &str) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, declaration::MAX_BYTES).await?;
    let title = declaration::title_from_json(&body)?;
    let record = teacher.own(submission).await?;
    let facts = ledger::Facts::from_iter([("title".to_owned(), title.as_str().into())]);
    // From then on the database has the title.
    let unless = [State::Normalizing, State::Ready];
    let call = teacher.client.ledger().rename(&record.id, &title, &facts, &unless);
    let revised = teacher.client.run(call).await.map_err(ledger_failed)?;
    let refusal = "Evaluators can read a document of this submission already, under the title that it has.";
    answer(teacher, "submission-renamed", revised, &record, refusal).await
}

pub(crate) async fn withdraw(teacher: &Teacher, submission: &str) -> Result<Reply, Problem> {
    let record = teacher.own(submission).await?;
    let failure = Failure::new(
        "withdrawn",
        "You withdrew this submission. Hand it in again if you change your mind.",
    );
    let from = [State::AwaitingUpload, State::Uploaded];
    let call = teacher.client.ledger().withdraw(&record.id, &from, &failure);
    let revised = teacher.client.run(call).await.map_err(ledger_failed)?;
    let refusal = "A document of this submission was sent to review already; it can no longer be withdrawn.";
    let reply = answer(teacher, "submission-withdrawn", revised, &record, refusal).await?;
    // The manifest says by now that it is withdrawn. Asked once more, this goes on where it was interrupted.
    let submission = record.id.parse().map_err(Problem::internal)?;
    for document in &record.documents {
        manifest::erase(&submission, &document.id.parse().map_err(Problem::internal)?).await?;
    }
    Ok(reply)
}

async fn answer(
    teacher: &Teacher,
    act: &'static str,
    revised: Revised,
    record: &SubmissionRecord,
    refusal: &str,
) -> Result<Reply, Problem> {
    match revised {
        Revised::Done => {
            audit(act, &teacher.permit.caller).submission(&record.id).write();
            let record = teacher.own(&record.id).await?;
            manifest::keep(&record).await?;
            json(StatusCode::OK, &teacher.view(&record).await?)
        }
        Revised::Refused(_) => Err(Problem::wrong_state(refusal)),
        Revised::Unknown => Err(Problem::not_found()),
    }
}

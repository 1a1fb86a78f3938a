//! Requests to the bucket, signed for a teacher's client: one document, one request, some minutes.

use api::Problem;
use api::signing::{Operation, SignRequest};
use api::submissions::State;
use http::StatusCode;
use ledger::{Advance, Advanced, DocumentRecord};
use portfolio::Sha256;
use spin_edge::{Reply, audit, json, ledger_failed, read_json_bytes};
use spin_sdk::http::Request;

use crate::manifest;
use crate::teacher::Teacher;
use crate::view::{facts, key};

/// The most bytes that a request for a signature needs.
const LARGEST_REQUEST: usize = 16 * 1024;

/// Signs one request of an upload. Whether the caller may still upload the document was found out just before.
pub(crate) async fn one_request(
    teacher: &Teacher,
    request: Request,
    submission: &str,
    document: &str,
) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, LARGEST_REQUEST).await?;
    let record = teacher.own_document(submission, document).await?;
    let asked: SignRequest = serde_json::from_slice(&body).map_err(Problem::invalid_json)?;
    let facts = facts(&record)?;
    let operation = asked.operation(&key(&record)?, facts.size)?;
    // What has arrived may be thrown away at any time: a client that was too late tidies up behind itself.
    if !matches!(operation, Operation::Abort { .. }) {
        still_awaited(&record)?;
    }
    if let Operation::Part { upload_id, .. } = &operation
        && facts.upload_id.as_ref() != Some(upload_id)
    {
        begun(teacher, &record, upload_id).await?;
    }
    if let Operation::Complete {
        sha256: Some(sha256), ..
    } = &operation
        && facts.sha256.as_ref() != Some(sha256)
    {
        announced(teacher, &record, *sha256).await?;
    }
    audit("upload-signed", &teacher.permit.caller)
        .submission(&record.submission)
        .document(&record.id)
        .code("operation", operation.name())
        .write();
    json(StatusCode::OK, &teacher.signer.sign(&record, &facts, &operation)?)
}

/// Signs the upload of a whole document once more.
pub(crate) async fn whole_again(teacher: &Teacher, submission: &str, document: &str) -> Result<Reply, Problem> {
    let record = teacher.own_document(submission, document).await?;
    still_awaited(&record)?;
    let upload = teacher.signer.upload(&record, teacher.finish_by(&record)?)?;
    audit("upload-signed", &teacher.permit.caller)
        .submission(&record.submission)
        .document(&record.id)
        .code("operation", Operation::Put.name())
        .write();
    json(StatusCode::OK, &upload)
}

fn still_awaited(record: &DocumentRecord) -> Result<(), Problem> {
    match record.state {
        State::AwaitingUpload => Ok(()),
        State::Failed => Err(Problem::wrong_state(
            "The document failed; put another file in its place.",
        )),
        _ => Err(Problem::wrong_state(
            "The file has arrived already; it cannot be replaced.",
        )),
    }
}

/// Remembers which upload the client works on: so its teacher sees how much has arrived, and any client can go on with it.
async fn begun(teacher: &Teacher, record: &DocumentRecord, upload_id: &str) -> Result<(), Problem> {
    learn(teacher, record, "upload-begun", ("upload_id", upload_id.into())).await
}

/// Remembers the digest of a document whose client could tell it only now: before the parts are put together, so that whoever
/// looks at the object knows what it must be. The manifest has it as well, or nobody would know it after all was built anew.
async fn announced(teacher: &Teacher, record: &DocumentRecord, sha256: Sha256) -> Result<(), Problem> {
    learn(
        teacher,
        record,
        "checksum-announced",
        ("sha256", sha256.to_string().into()),
    )
    .await?;
    manifest::keep(&teacher.own(&record.submission).await?).await
}

/// Adds a fact to what is known about a document that is awaited.
async fn learn(
    teacher: &Teacher,
    record: &DocumentRecord,
    event: &'static str,
    (name, value): (&str, serde_json::Value),
) -> Result<(), Problem> {
    let advance = Advance {
        from: vec![State::AwaitingUpload],
        to: State::AwaitingUpload,
        event,
        by: None,
        detail: None,
        enqueue: None,
        failure: None,
        facts_patch: Some(ledger::Facts::from_iter([(name.to_owned(), value)])),
    };
    let call = teacher.client.ledger().advance(&record.id, &advance);
    match teacher.client.run(call).await.map_err(ledger_failed)? {
        Advanced::Moved => Ok(()),
        Advanced::Already(_) => Err(Problem::wrong_state("The document is not awaited any more.")),
        Advanced::Unknown => Err(Problem::not_found()),
    }
}

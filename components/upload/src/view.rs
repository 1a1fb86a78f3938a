//! From the ledger's records to what a teacher sees.

use api::Problem;
use api::submissions::{Document, DocumentSummary, Event, State, Submission, SubmissionState, SubmissionSummary};
use ledger::{DocumentRecord, HistoryEntry, SubmissionRecord};
use portfolio::{DocumentId, Facts, keys};
use spin_edge::time;

use crate::teacher::Teacher;

pub(crate) fn submission(record: &SubmissionRecord, documents: Vec<Document>) -> Result<Submission, Problem> {
    Ok(Submission {
        id: record.id.parse().map_err(Problem::internal)?,
        title: record.title.clone(),
        evaluators: crate::teacher::evaluators(record)?,
        state: SubmissionState::of(record.documents.iter().map(|document| document.state)),
        created_at: time(record.created_at)?,
        documents,
    })
}

pub(crate) fn summary(record: &SubmissionRecord) -> Result<SubmissionSummary, Problem> {
    let document = |record: &DocumentRecord| {
        let facts = facts(record)?;
        Ok(DocumentSummary {
            id: record.id.parse().map_err(Problem::internal)?,
            name: facts.name,
            kind: facts.kind,
            state: record.state,
            since: time(record.since)?,
            failure: record.failure.clone().map(Into::into),
        })
    };
    Ok(SubmissionSummary {
        id: record.id.parse().map_err(Problem::internal)?,
        title: record.title.clone(),
        state: SubmissionState::of(record.documents.iter().map(|document| document.state)),
        created_at: time(record.created_at)?,
        documents: record.documents.iter().map(document).collect::<Result<_, Problem>>()?,
    })
}

pub(crate) fn document(
    teacher: &Teacher,
    record: &DocumentRecord,
    history: &[HistoryEntry],
    received: u64,
) -> Result<Document, Problem> {
    let facts = facts(record)?;
    let upload = match record.state {
        State::AwaitingUpload => Some(teacher.signer.upload(record, teacher.finish_by(record)?)?),
        _ => None,
    };
    Ok(Document {
        id: record.id.parse().map_err(Problem::internal)?,
        name: facts.name,
        kind: facts.kind,
        media_type: facts.media_type,
        size: facts.size,
        sha256: facts.sha256,
        received,
        state: record.state,
        since: time(record.since)?,
        history: history.iter().map(event).collect::<Result<_, _>>()?,
        attempts: record.item.as_ref().map_or(0, |item| item.failures),
        next_attempt_at: record.next_attempt_at().map(time).transpose()?,
        failure: record.failure.clone().map(Into::into),
        upload,
    })
}

/// What a teacher learns of what happened: not which worker it was, but what went wrong.
fn event(entry: &HistoryEntry) -> Result<Event, Problem> {
    let failure = entry
        .failure
        .as_ref()
        .map(|failure| serde_json::json!({ "code": failure.code, "message": failure.message }));
    Ok(Event {
        event: entry.event.clone(),
        state: entry.state,
        at: time(entry.at)?,
        detail: failure,
    })
}

/// What the ledger knows about a document.
pub(crate) fn facts(record: &DocumentRecord) -> Result<Facts, Problem> {
    serde_json::from_value(serde_json::Value::Object(record.facts.clone())).map_err(Problem::internal)
}

/// The key of a document's original.
pub(crate) fn key(record: &DocumentRecord) -> Result<String, Problem> {
    let document: DocumentId = record.id.parse().map_err(Problem::internal)?;
    let submission = record.submission.parse().map_err(Problem::internal)?;
    Ok(keys::original(&submission, &document))
}

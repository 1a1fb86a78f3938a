//! From the ledger's records to what a teacher sees.

use api::Problem;
use api::submissions::{Document, DocumentSummary, Event, State, Submission, SubmissionState, SubmissionSummary};
use ledger::{DocumentRecord, HistoryEntry, SubmissionRecord};
use spin_edge::time;

use crate::sign::{Signer, facts};

pub(crate) fn submission(
    record: &SubmissionRecord,
    histories: &[Vec<HistoryEntry>],
    signer: &Signer,
) -> Result<Submission, Problem> {
    let documents = record
        .documents
        .iter()
        .zip(histories)
        .map(|(record, history)| document(record, history, signer));
    Ok(Submission {
        id: record.id.parse().map_err(Problem::internal)?,
        title: record.title.clone(),
        state: SubmissionState::of(record.documents.iter().map(|document| document.state)),
        created_at: time(record.created_at)?,
        documents: documents.collect::<Result<_, _>>()?,
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

fn document(record: &DocumentRecord, history: &[HistoryEntry], signer: &Signer) -> Result<Document, Problem> {
    let facts = facts(record)?;
    let upload = match record.state {
        State::AwaitingUpload => Some(signer.upload(record)?),
        _ => None,
    };
    Ok(Document {
        id: record.id.parse().map_err(Problem::internal)?,
        name: facts.name,
        kind: facts.kind,
        media_type: facts.media_type,
        size: facts.size,
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

//! What happened to a document.

use api::Problem;
use api::operations::History;
use api::submissions::Event;
use http::StatusCode;
use ledger::HistoryEntry;
use portfolio::DocumentId;
use serde_json::{Map, Value, json};
use spin_edge::{Reply, ledger_failed, time};

use crate::Operator;

pub(crate) async fn show(operator: &Operator, document: &str) -> Result<Reply, Problem> {
    let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
    let (client, ledger) = (&operator.client, operator.client.ledger());
    let record = client
        .run(ledger.document(&document.to_string()))
        .await
        .map_err(ledger_failed)?;
    let record = record.ok_or_else(Problem::not_found)?;
    let entries = client
        .run(ledger.history(&document.to_string()))
        .await
        .map_err(ledger_failed)?;
    spin_edge::json(
        StatusCode::OK,
        &History {
            document,
            submission: record.submission.parse().map_err(Problem::internal)?,
            state: record.state,
            since: time(record.since)?,
            attempts: record.item.as_ref().map_or(0, |item| item.failures),
            next_attempt_at: record.next_attempt_at().map(time).transpose()?,
            failure: record.failure.map(Into::into),
            history: entries.iter().map(event).collect::<Result<_, _>>()?,
        },
    )
}

/// An operator learns all that was recorded.
pub(crate) fn event(entry: &HistoryEntry) -> Result<Event, Problem> {
    let next_attempt_at = entry.next_attempt_at.map(time).transpose()?.map(|at| at.to_string());
    let members = [
        ("queue", entry.queue.clone().map(Value::from)),
        ("receipt", entry.receipt.map(Value::from)),
        ("worker", entry.worker.clone().map(Value::from)),
        ("by", entry.by.clone().map(Value::from)),
        (
            "failure",
            entry
                .failure
                .as_ref()
                .map(|failure| json!({ "code": failure.code, "message": failure.message })),
        ),
        ("next_attempt_at", next_attempt_at.map(Value::from)),
        ("detail", entry.detail.clone()),
    ];
    let detail: Map<_, _> = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    Ok(Event {
        event: entry.event.clone(),
        state: entry.state,
        at: time(entry.at)?,
        detail: (!detail.is_empty()).then_some(Value::Object(detail)),
    })
}

//! Documents that were given up, and giving them another chance.

use api::operations::{AttemptError, DeadLetter, Redriven};
use api::page::query_parameter;
use api::{Cursor, Page, PageRequest, Problem};
use http::StatusCode;
use ledger::{DeadLetterFilter, Handled};
use portfolio::DocumentId;
use spin_edge::{Reply, json, ledger_failed, time};

use crate::Operator;

pub(crate) async fn list(operator: &Operator, query: Option<&str>) -> Result<Reply, Problem> {
    let request = PageRequest::from_query(query)?;
    let named = query_parameter(query, "queue");
    let queue = named
        .as_deref()
        .and_then(|name| operator.queue(name).ok())
        .ok_or_else(|| {
            Problem::invalid_parameter("queue", format!("The queue is one of {}.", operator.queues.join(", ")))
        })?;
    let after = request.after.as_ref().map(Cursor::position);
    let filter = DeadLetterFilter {
        queue: Some(queue.to_owned()),
        ..DeadLetterFilter::default()
    };
    let call = operator.client.ledger().dead_letters(&filter, after, request.limit);
    let page = operator.client.run(call).await.map_err(ledger_failed)?;
    let items = page.items.into_iter().map(dead_letter).collect::<Result<_, _>>()?;
    json(
        StatusCode::OK,
        &Page {
            items,
            next: page.next.map(Cursor::new),
        },
    )
}

fn dead_letter(letter: ledger::DeadLetter) -> Result<DeadLetter, Problem> {
    let error = |attempt: &ledger::FailedAttempt| {
        Ok(AttemptError {
            at: time(attempt.at)?,
            code: attempt.failure.code.clone(),
            message: attempt.failure.message.clone(),
        })
    };
    Ok(DeadLetter {
        queue: letter.queue,
        document: letter.document.parse().map_err(Problem::internal)?,
        submission: letter.submission.parse().map_err(Problem::internal)?,
        title: letter.title,
        at: time(letter.at)?,
        failure: letter.failure.into(),
        attempts: letter.failures,
        errors: letter.attempts.iter().map(error).collect::<Result<_, Problem>>()?,
    })
}

/// Gives a document a fresh policy. Pressing twice is safe: the second time there is nothing to do.
pub(crate) async fn redrive(operator: &Operator, queue: &str, document: &str) -> Result<Reply, Problem> {
    let queue = operator.queue(queue)?;
    let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
    let call = operator
        .client
        .ledger()
        .redrive(queue, &document.to_string(), &operator.caller.subject);
    let state = match operator.client.run(call).await.map_err(ledger_failed)? {
        Handled::Done(state) => state,
        Handled::NotDead(state) if state.is_in_flight() => state,
        Handled::NotDead(_) => {
            return Err(Problem::wrong_state(
                "The document is not among this queue's dead letters.",
            ));
        }
        Handled::Unknown => return Err(Problem::not_found()),
    };
    json(
        StatusCode::OK,
        &Redriven {
            queue: queue.to_owned(),
            document,
            state,
        },
    )
}

//! Documents that were given up: finding them, giving them another chance, throwing them away.

use api::operations::{
    AttemptError, DeadLetter, DeadLetterDetail, Discarded, RedriveOne, RedriveRequest, Redriven, RedrivenMany,
};
use api::page::query_parameter;
use api::{Cursor, Page, PageRequest, Problem};
use handoff::TransferWork;
use http::StatusCode;
use jiff::Timestamp;
use ledger::{DeadLetterFilter, Handled, Redrive, Route, State};
use portfolio::{DocumentId, Facts};
use spin_edge::{Reply, in_ledger, json, ledger_failed, time};

use crate::{Operator, history};

/// How many dead letters one request redrives: a moment's work for Redis, and a fraction of a handler's time.
const REDRIVEN_AT_ONCE: u32 = 200;

pub(crate) async fn list(operator: &Operator, query: Option<&str>) -> Result<Reply, Problem> {
    let request = PageRequest::from_query(query)?;
    let at = |name| {
        query_parameter(query, name)
            .map(|text| text.parse::<Timestamp>().map_err(|_| not_a_time(name)))
            .transpose()
    };
    let filter = filter(
        operator,
        &RedriveRequest {
            queue: query_parameter(query, "queue"),
            reason: query_parameter(query, "reason"),
            vendor: query_parameter(query, "vendor"),
            since: at("since")?,
            until: at("until")?,
            ..RedriveRequest::default()
        },
    )?;
    let after = place(request.after.as_ref())?;
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

fn not_a_time(name: &str) -> Problem {
    Problem::invalid_parameter(name, "This is a time as RFC 3339 has it, such as 2026-11-24T08:00:00Z.")
}

fn filter(operator: &Operator, wanted: &RedriveRequest) -> Result<DeadLetterFilter, Problem> {
    if let Some(name) = &wanted.queue
        && operator.queue(name).is_err()
    {
        let detail = format!("The queue is one of {}.", operator.queues.join(", "));
        return Err(Problem::invalid_parameter("queue", detail));
    }
    Ok(DeadLetterFilter {
        queue: wanted.queue.clone(),
        reason: wanted.reason.clone(),
        vendor: wanted.vendor.clone(),
        since: wanted.since.map(in_ledger),
        until: wanted.until.map(in_ledger),
    })
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
        vendor: letter.vendor,
        failure: letter.failure.into(),
        attempts: letter.failures,
        errors: letter.attempts.iter().map(error).collect::<Result<_, Problem>>()?,
    })
}

pub(crate) async fn show(operator: &Operator, queue: &str, document: &str) -> Result<Reply, Problem> {
    let queue = operator.queue(queue)?;
    let document = id(document)?.to_string();
    let (client, ledger) = (&operator.client, operator.client.ledger());
    let letter = client
        .run(ledger.dead_letter(queue, &document))
        .await
        .map_err(ledger_failed)?
        .ok_or_else(Problem::not_found)?;
    let entries = client.run(ledger.history(&document)).await.map_err(ledger_failed)?;
    json(
        StatusCode::OK,
        &DeadLetterDetail {
            body: letter.body.clone(),
            enqueued_at: time(letter.enqueued_at)?,
            review: letter.review.clone(),
            traceparent: letter.traceparent.clone(),
            dead_letter: dead_letter(letter)?,
            history: entries.iter().map(history::event).collect::<Result<_, _>>()?,
        },
    )
}

/// Gives a document a fresh policy. Pressing twice is safe: the second time there is nothing to do.
pub(crate) async fn redrive(
    operator: &Operator,
    queue: &str,
    document: &str,
    wanted: RedriveOne,
) -> Result<Reply, Problem> {
    let queue = operator.queue(queue)?;
    let document = id(document)?;
    let by = operator.caller.subject();
    let whence = whence(wanted.ask_again).await?;
    let call = operator
        .client
        .ledger()
        .redrive(queue, &document.to_string(), by, &whence);
    let state = match operator.client.run(call).await.map_err(ledger_failed)? {
        Handled::Done(state) => state,
        Handled::NotDead(state) if state.is_in_flight() => state,
        Handled::NotDead(_) => return Err(not_dead()),
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

/// Gives many documents a fresh policy: those that were given up until now, so that what fails again is not meant.
pub(crate) async fn redrive_many(operator: &Operator, mut wanted: RedriveRequest) -> Result<Reply, Problem> {
    wanted.until.get_or_insert_with(Timestamp::now);
    let filter = filter(operator, &wanted)?;
    let after = place(wanted.after.as_ref())?;
    let by = operator.caller.subject();
    let call = operator.client.ledger().redrive_matching(
        &filter,
        after,
        REDRIVEN_AT_ONCE,
        by,
        &whence(wanted.ask_again).await?,
    );
    let done = operator.client.run(call).await.map_err(ledger_failed)?;
    json(
        StatusCode::OK,
        &RedrivenMany {
            redriven: done.redriven,
            next: done.next.map(Cursor::new),
        },
    )
}

pub(crate) async fn discard(operator: &Operator, queue: &str, document: &str, reason: &str) -> Result<Reply, Problem> {
    let queue = operator.queue(queue)?;
    let document = id(document)?;
    let by = operator.caller.subject();
    let call = operator
        .client
        .ledger()
        .discard(queue, &document.to_string(), by, reason);
    match operator.client.run(call).await.map_err(ledger_failed)? {
        Handled::Done(_) => {}
        Handled::NotDead(_) => return Err(not_dead()),
        Handled::Unknown => return Err(Problem::not_found()),
    }
    json(
        StatusCode::OK,
        &Discarded {
            queue: queue.to_owned(),
            document,
        },
    )
}

/// Where redriven documents go on. A third party that is asked again is asked as if for the first time, but under a new
/// idempotency key.
async fn whence(ask_again: bool) -> Result<Redrive, Problem> {
    if !ask_again {
        return Ok(Redrive::Again);
    }
    let body = handoff::write(&TransferWork::default()).map_err(Problem::internal)?;
    let queues = crate::queues::of_transfers().await?;
    Ok(Redrive::From {
        state: State::Uploaded,
        route: Route {
            fact: Facts::KIND.to_owned(),
            queues: queues
                .by_kind()
                .map(|(kind, queue)| (kind.to_string(), queue.to_owned()))
                .into(),
        },
        body,
    })
}

fn id(document: &str) -> Result<DocumentId, Problem> {
    document.parse().map_err(|_| Problem::not_found())
}

fn not_dead() -> Problem {
    Problem::wrong_state("The document is not among this queue's dead letters.")
}

/// The place that a cursor stands for: a time in milliseconds and a document. A client may have made the cursor up.
fn place(cursor: Option<&Cursor>) -> Result<Option<&str>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let is_place = cursor.position().split_once('-').is_some_and(|(time, document)| {
        let is_time = (1..=15).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit());
        is_time && !document.is_empty()
    });
    if is_place {
        Ok(Some(cursor.position()))
    } else {
        Err(Problem::invalid_parameter(
            "after",
            "This is no cursor: take it, unchanged, from \"next\" of the page before.",
        ))
    }
}

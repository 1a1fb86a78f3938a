//! How full the queues are, and who may take from them.

use api::Problem;
use api::operations::{Changed, Circuit, CircuitState, Hold, Pause, Queue, QueueLimits, Queues};
use handoff::QueueByKind;
use http::StatusCode;
use ledger::{Limits, QueueStats};
use spin_edge::{Reply, json, ledger_failed, time, variable};

use crate::Operator;

/// Which queue documents of each kind begin their way in (the variable `transfer_queues`).
pub(crate) async fn of_transfers() -> Result<QueueByKind, Problem> {
    variable("transfer_queues")
        .await?
        .parse()
        .map_err(|error| Problem::internal(format!("the variable transfer_queues: {error}")))
}

/// All queues, in the order of the way through them (the variable `queues`).
pub(crate) async fn names() -> Result<Vec<String>, Problem> {
    let names = variable("queues").await?;
    Ok(names.split_whitespace().map(ToOwned::to_owned).collect())
}

pub(crate) async fn list(operator: &Operator) -> Result<Reply, Problem> {
    let names: Vec<_> = operator.queues.iter().map(String::as_str).collect();
    let stats = operator
        .client
        .run(operator.client.ledger().queue_stats(&names))
        .await
        .map_err(ledger_failed)?;
    json(
        StatusCode::OK,
        &Queues {
            queues: stats.into_iter().map(queue).collect::<Result<_, _>>()?,
        },
    )
}

/// Keeps workers from a queue. Pressing twice is safe: the first reason stays.
pub(crate) async fn pause(operator: &Operator, queue: &str, reason: &str) -> Result<Reply, Problem> {
    let queue = operator.queue(queue)?;
    let call = operator.client.ledger().pause(queue, operator.caller.subject(), reason);
    let changed = operator.client.run(call).await.map_err(ledger_failed)?.changed;
    answer(queue, changed)
}

pub(crate) async fn resume(operator: &Operator, queue: &str) -> Result<Reply, Problem> {
    let queue = operator.queue(queue)?;
    let call = operator.client.ledger().resume(queue);
    let changed = operator.client.run(call).await.map_err(ledger_failed)?.changed;
    answer(queue, changed)
}

fn answer(queue: &str, changed: bool) -> Result<Reply, Problem> {
    json(
        StatusCode::OK,
        &Changed {
            queue: queue.to_owned(),
            changed,
        },
    )
}

fn queue(stats: QueueStats) -> Result<Queue, Problem> {
    let paused = stats.paused.map(|paused| {
        Ok::<_, Problem>(Pause {
            at: time(paused.at)?,
            by: paused.by,
            reason: paused.reason,
        })
    });
    let circuit = stats.circuit.map(|circuit| {
        Ok::<_, Problem>(Circuit {
            state: match circuit.state {
                ledger::CircuitState::Open => CircuitState::Open,
                ledger::CircuitState::HalfOpen => CircuitState::HalfOpen,
            },
            since: time(circuit.since)?,
            probe_at: time(circuit.probe_at)?,
        })
    });
    let held_back = stats.held_back.map(|hold| {
        Ok::<_, Problem>(Hold {
            reason: hold.reason.as_str().to_owned(),
            until: time(hold.until)?,
        })
    });
    Ok(Queue {
        name: stats.queue,
        depth: stats.depth,
        due: stats.due,
        in_flight: stats.in_flight,
        waiting: stats.waiting,
        delayed: stats.delayed,
        dead: stats.dead,
        oldest_due_seconds: stats.oldest_due_age.map(|age| age.as_secs_f64()),
        paused: paused.transpose()?,
        circuit: circuit.transpose()?,
        held_back: held_back.transpose()?,
        limits: limits(stats.limits),
    })
}

fn limits(limits: Limits) -> QueueLimits {
    QueueLimits {
        max_in_flight: limits.max_in_flight,
        max_waiting: limits.max_waiting,
        rate_per_second: limits.rate.map(|rate| rate.per_second),
        burst: limits.rate.map(|rate| rate.burst),
        circuit_threshold: limits.breaker.map(|breaker| breaker.threshold),
    }
}

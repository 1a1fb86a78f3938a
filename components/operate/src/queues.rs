//! How full the queues are.

use api::Problem;
use api::operations::{Queue, Queues};
use http::StatusCode;
use ledger::QueueStats;
use spin_edge::{Reply, json, ledger_failed};

use crate::Operator;

/// All queues, in the order of the way through them (the variable `queues`).
pub(crate) async fn names() -> Result<Vec<String>, Problem> {
    crate::names("queues").await
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
            queues: stats.into_iter().map(queue).collect(),
        },
    )
}

fn queue(stats: QueueStats) -> Queue {
    Queue {
        name: stats.queue,
        depth: stats.depth,
        due: stats.due,
        in_flight: stats.in_flight,
        waiting: stats.waiting,
        dead: stats.dead,
        oldest_due_seconds: stats.oldest_due_age.map(|age| age.as_secs_f64()),
    }
}

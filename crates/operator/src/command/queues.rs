//! `queues`, `pause`, `resume`.

use std::process::ExitCode;

use api::operations::{Changed, CircuitState, Queue, Queues, Reason};
use jiff::Timestamp;

use super::{Nothing, print};
use crate::client::Client;
use crate::table::{ago, duration, table, text};

#[derive(clap::Args)]
pub(crate) struct Pause {
    /// The queue, as `queues` lists it.
    queue: String,
    /// Why, for whoever looks at it later.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(clap::Args)]
pub(crate) struct Resume {
    /// The queue, as `queues` lists it.
    queue: String,
}

pub(crate) async fn show(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let answer = client.get::<Queues>(&["v1", "queues"], &Nothing {}).await?;
    print(json, &answer.json, || in_words(&answer.value.queues, Timestamp::now()))
}

pub(crate) async fn pause(client: &Client, json: bool, pause: Pause) -> anyhow::Result<ExitCode> {
    let path = ["v1", "queues", pause.queue.as_str(), "pause"];
    let reason = Reason { reason: pause.reason };
    let answer = client.post::<Changed>(&path, &reason).await?;
    print(json, &answer.json, || {
        if answer.value.changed {
            format!(
                "{} is paused. Workers finish what they have in hand and take nothing more.",
                pause.queue
            )
        } else {
            format!("{} was paused already; the first reason stays.", pause.queue)
        }
    })
}

pub(crate) async fn resume(client: &Client, json: bool, resume: Resume) -> anyhow::Result<ExitCode> {
    let path = ["v1", "queues", resume.queue.as_str(), "resume"];
    let answer = client.post::<Changed>(&path, &Nothing {}).await?;
    print(json, &answer.json, || {
        if answer.value.changed {
            format!("{} goes on.", resume.queue)
        } else {
            format!("{} was not paused.", resume.queue)
        }
    })
}

fn in_words(queues: &[Queue], now: Timestamp) -> String {
    let head = [
        "queue",
        "depth",
        "due",
        "in flight",
        "waiting",
        "delayed",
        "dead",
        "oldest due",
        "state",
    ];
    let mut rows = table(&head, &[1, 2, 3, 4, 5, 6, 7]);
    for queue in queues {
        #[expect(clippy::cast_possible_truncation, reason = "an age in whole seconds")]
        let oldest = queue.oldest_due_seconds.map(|seconds| duration(seconds as i64));
        rows.add_row([
            queue.name.clone(),
            queue.depth.to_string(),
            queue.due.to_string(),
            queue.in_flight.to_string(),
            queue.waiting.to_string(),
            queue.delayed.to_string(),
            queue.dead.to_string(),
            oldest.unwrap_or_else(|| "-".to_owned()),
            state(queue, now),
        ]);
    }
    text(&rows)
}

fn state(queue: &Queue, now: Timestamp) -> String {
    if let Some(paused) = &queue.paused {
        let since = ago(paused.at, now);
        return format!("paused for {since} by {}: {}", paused.by, paused.reason);
    }
    if let Some(circuit) = &queue.circuit {
        let since = ago(circuit.since, now);
        let probe = match circuit.state {
            CircuitState::Open => format!("probed in {}", ago(now, circuit.probe_at)),
            CircuitState::HalfOpen => "being probed".to_owned(),
        };
        return format!("what it depends on is down for {since}, {probe}");
    }
    match &queue.held_back {
        Some(hold) => format!("held back by its limit: {}", hold.reason),
        None => "open".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use api::operations::{Circuit, Pause, QueueLimits};

    use super::*;

    fn queue(name: &str) -> Queue {
        Queue {
            name: name.into(),
            depth: 12,
            due: 3,
            in_flight: 1,
            waiting: 8,
            delayed: 0,
            dead: 2,
            oldest_due_seconds: Some(61.5),
            paused: None,
            circuit: None,
            held_back: None,
            limits: QueueLimits::default(),
        }
    }

    #[test]
    fn a_table_says_how_full_the_queues_are_and_why() {
        let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let paused = Queue {
            paused: Some(Pause {
                at: "2026-11-24T07:00:00Z".parse().unwrap(),
                by: "operator-1".into(),
                reason: "maintenance".into(),
            }),
            ..queue("transfer")
        };
        let down = Queue {
            circuit: Some(Circuit {
                state: CircuitState::Open,
                since: "2026-11-24T07:58:30Z".parse().unwrap(),
                probe_at: "2026-11-24T08:00:20Z".parse().unwrap(),
            }),
            ..queue("verify")
        };
        let idle = Queue {
            depth: 0,
            due: 0,
            in_flight: 0,
            waiting: 0,
            dead: 0,
            oldest_due_seconds: None,
            ..queue("normalize")
        };
        let expected = include_str!("../../tests/queues.txt");
        assert_eq!(in_words(&[paused, down, idle], now), expected.trim_end());
    }
}

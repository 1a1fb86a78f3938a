//! How fast the ledger is, and whether a long queue makes it slower.
//!
//! `cargo bench -p ledger -- [WAITING]` starts a Redis of its own and prints, from one client on one connection: how many
//! documents it takes in, how many steps (receive 32, complete each with a hand-off) it does per second, and what a step
//! costs with 10 and with WAITING (100,000 if it is not given) other documents waiting in the same queue, as a ratio. Costs
//! are the processor time that Redis takes, so that they mean something on a machine that has other things to do.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    fmt,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use ledger::{Enqueue, State};
use support::{Fixture, MINUTE, TRANSFER, VERIFY, onward, receive, submission, uploaded};

/// Documents per measurement.
const STEPS: usize = 10_000;
/// Calls that are under way at once.
const AT_ONCE: usize = 32;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let waiting = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(100_000);
    let fixture = Fixture::start().await;

    let taking_in = measure(&fixture, take_in(&fixture, "first", STEPS, Duration::ZERO)).await;
    println!("taken in (created, uploaded, queued):    {taking_in}");
    let stepping = measure(&fixture, steps(&fixture)).await;
    println!("steps (received, completed, handed off): {stepping}");

    let mut costs = Vec::new();
    for others in [10, waiting] {
        take_in(&fixture, &format!("waiting-{others}"), others, 60 * 24 * MINUTE).await;
        let mut rounds = Vec::new();
        for round in 0..3 {
            take_in(&fixture, &format!("beside-{others}-{round}"), STEPS, Duration::ZERO).await;
            rounds.push(measure(&fixture, steps(&fixture)).await);
        }
        rounds.sort_by(|one, other| one.processor.total_cmp(&other.processor));
        println!("steps beside {others:>9} (median of three): {}", rounds[1]);
        costs.push(rounds[1].processor);
    }
    println!("ratio of the processor time: {:.2}", costs[1] / costs[0]);
}

/// What a document cost.
struct Cost {
    /// In seconds.
    time: f64,
    /// Of Redis, in seconds.
    processor: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, processor) = (1.0 / self.time, 1e6 * self.processor);
        write!(
            formatter,
            "{rate:>7.0} documents/s, {processor:>5.1} µs of Redis's processor time each"
        )
    }
}

/// Runs something that is done to [`STEPS`] documents.
async fn measure(fixture: &Fixture, work: impl Future<Output = ()>) -> Cost {
    let (start, before) = (Instant::now(), processor_time(fixture).await);
    work.await;
    let documents = STEPS as f64;
    Cost {
        time: start.elapsed().as_secs_f64() / documents,
        processor: (processor_time(fixture).await - before) / documents,
    }
}

/// The processor time that Redis has taken, in seconds.
async fn processor_time(fixture: &Fixture) -> f64 {
    let info: String = fixture.redis("INFO", &["cpu"]).await;
    info.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| matches!(*name, "used_cpu_user" | "used_cpu_sys"))
        .filter_map(|(_, seconds)| seconds.parse::<f64>().ok())
        .sum()
}

/// Creates documents and queues them for `transfer`.
async fn take_in(fixture: &Fixture, name: &str, count: usize, delay: Duration) {
    stream::iter(0..count)
        .for_each_concurrent(AT_ONCE, async |number| {
            let document = format!("{name}-{number}");
            let new = submission(&format!("s-{document}"), "teacher-1", &[&document]);
            fixture.run(fixture.ledger.create_submission(&new)).await;
            let enqueue = Enqueue {
                delay,
                ..Enqueue::now(TRANSFER, r#"{"key":"original"}"#)
            };
            fixture.run(fixture.ledger.advance(&document, &uploaded(enqueue))).await;
        })
        .await;
}

/// Takes everything that is due in `transfer` to `verify`.
async fn steps(fixture: &Fixture) {
    let next = onward(State::Verifying, VERIFY);
    loop {
        let received = fixture.run(fixture.ledger.receive(TRANSFER, &receive(32))).await;
        if received.items.is_empty() {
            return;
        }
        stream::iter(&received.items)
            .for_each_concurrent(AT_ONCE, async |item| {
                fixture
                    .run(fixture.ledger.complete(TRANSFER, &item.document, item.receipt, &next))
                    .await;
            })
            .await;
    }
}

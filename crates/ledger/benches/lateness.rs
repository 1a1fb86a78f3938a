//! How late a redelivery is against its policy.
//!
//! `cargo bench -p ledger --bench lateness -- [KEYS…]` starts a Redis of its own and, for each number of other keys with a TTL in the
//! server (0, 10,000 and 1,000,000 if none is given), lets attempts fail whose policy says one second, and measures how long after
//! that second Redis announces the alarm. The other keys are in another database, as the manifest has it.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on should panic")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use ledger::{EXPIRY_CHANNEL, Failure, Next};
use support::{Fixture, TRANSFER, failed_attempt};

/// Redeliveries per number of keys.
const ROUNDS: usize = 30;
const POLICY: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if numbers.is_empty() {
        numbers = vec![0, 10_000, 1_000_000];
    }
    for keys in numbers {
        let fixture = Fixture::start().await;
        fill(&fixture, keys).await;
        let mut late = Vec::new();
        for round in 0..ROUNDS {
            late.push(redelivery(&fixture, &format!("d-{round}")).await);
        }
        late.sort_unstable();
        println!(
            "beside {keys:>9} keys with a TTL: median {:>4} ms late, worst {:>4} ms",
            late[ROUNDS / 2].as_millis(),
            late[ROUNDS - 1].as_millis()
        );
    }
}

/// Keys that expire in hours, in the database beside the ledger's.
async fn fill(fixture: &Fixture, keys: u64) {
    let client = redis::Client::open(format!("{}/1", fixture.server.address())).expect("an address");
    let mut redis = client.get_multiplexed_async_connection().await.expect("a connection");
    let script =
        "for i = 1, tonumber(ARGV[1]) do redis.call('SET', 'other:' .. ARGV[2] .. ':' .. i, '1', 'EX', 36000) end";
    for part in 0..keys.div_ceil(10_000) {
        let () = redis::cmd("EVAL")
            .arg(script)
            .arg(0)
            .arg(keys.min(10_000))
            .arg(part)
            .query_async(&mut redis)
            .await
            .expect("Redis takes them");
    }
}

/// How long after its policy's second a document's alarm goes off.
async fn redelivery(fixture: &Fixture, document: &str) -> Duration {
    let client = redis::Client::open(fixture.server.address()).expect("an address");
    let mut alarms = client.get_async_pubsub().await.expect("a connection");
    alarms.subscribe(EXPIRY_CHANNEL).await.expect("it subscribes");
    fixture.upload(document).await;
    let item = fixture.receive_one(TRANSFER).await;
    let fail = failed_attempt(
        Failure::new("unreachable", "It cannot be reached."),
        Next::RetryIn(POLICY),
    );
    let failed_at = Instant::now();
    fixture
        .run(fixture.ledger.fail(TRANSFER, document, item.receipt, &fail))
        .await;
    loop {
        let message = alarms.on_message().next().await.expect("an alarm");
        let key: String = message.get_payload().expect("a key's name");
        if fixture.ledger.queue_of_alarm(&key) == Some(TRANSFER) {
            break;
        }
    }
    let late = failed_at.elapsed().saturating_sub(POLICY);
    // Out of the way of the next one.
    let item = fixture.receive_one(TRANSFER).await;
    let given_up = failed_attempt(Failure::new("unreachable", "It cannot be reached."), Next::DeadLetter);
    fixture
        .run(fixture.ledger.fail(TRANSFER, document, item.receipt, &given_up))
        .await;
    late
}

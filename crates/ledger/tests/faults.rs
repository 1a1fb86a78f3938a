//! A Redis in trouble: what it says, and that nothing is lost or half done.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod support;

use std::time::Duration;

use ledger::{Fault, Settled, State, runner::Error};
use support::{Fixture, QUEUES, TRANSFER, VERIFY, onward, receive};

fn fault(error: &Error) -> Fault {
    Fault::classify(&error.to_string())
}

#[tokio::test]
async fn a_redis_that_has_lost_its_scripts_is_given_them_again() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    fixture.receive(TRANSFER).await;
    fixture.redis::<String>("SCRIPT", &["FLUSH"]).await;
    let call = fixture.ledger.queue_stats(&QUEUES);
    let error = redis::cmd("EVALSHA")
        .arg(call.arguments())
        .query_async::<Vec<u8>>(&mut fixture.redis.clone())
        .await
        .expect_err("Redis does not know the script");
    assert_eq!(Fault::classify(&error.to_string()), Fault::NoScript, "{error}");
    let stats = fixture.run(call).await;
    assert_eq!(
        (stats[0].queue.as_str(), stats[0].depth, stats[0].in_flight),
        (TRANSFER, 1, 1)
    );
}

#[tokio::test]
async fn a_full_redis_takes_no_new_documents_and_lets_those_go_on_that_it_has() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    fixture.upload("d").await;
    let keys: Vec<String> = fixture.redis("KEYS", &["*"]).await;
    fixture.redis::<String>("CONFIG", &["SET", "maxmemory", "1"]).await;

    let new = support::submission("s-e", "teacher-1", &["e"]);
    let error = fixture
        .try_run(ledger.create_submission(&new))
        .await
        .expect_err("no memory");
    assert_eq!(fault(&error), Fault::OutOfMemory, "{error}");
    assert_eq!(
        fixture.redis::<Vec<String>>("KEYS", &["*"]).await.len(),
        keys.len(),
        "not even half of it is there"
    );

    let item = fixture.receive_one(TRANSFER).await;
    let next = onward(State::Verifying, VERIFY);
    assert_eq!(
        fixture.run(ledger.complete(TRANSFER, "d", item.receipt, &next)).await,
        Settled::Done
    );
}

#[tokio::test]
async fn a_replica_takes_nothing() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    fixture.redis::<String>("REPLICAOF", &["127.0.0.1", "1"]).await;
    let error = fixture
        .try_run(fixture.ledger.receive(TRANSFER, &receive(1)))
        .await
        .expect_err("it is read only");
    assert_eq!(fault(&error), Fault::ReadOnly, "{error}");
    fixture.redis::<String>("REPLICAOF", &["NO", "ONE"]).await;
    fixture.receive_one(TRANSFER).await;
}

#[tokio::test]
async fn a_redis_that_is_busy_says_so() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    fixture.redis::<String>("CONFIG", &["SET", "lua-time-limit", "1"]).await;
    let client = redis::Client::open(fixture.server.address()).unwrap();
    let mut other = client.get_multiplexed_async_connection().await.unwrap();
    let endless = tokio::spawn(async move {
        redis::cmd("EVAL")
            .arg(&["while true do end", "0"])
            .query_async::<()>(&mut other)
            .await
    });
    let error = loop {
        match fixture.try_run(fixture.ledger.receive(VERIFY, &receive(1))).await {
            Err(error) => break error,
            Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    assert_eq!(fault(&error), Fault::Busy, "{error}");
    fixture.redis::<String>("SCRIPT", &["KILL"]).await;
    endless.await.unwrap().expect_err("it was killed");
    fixture.receive_one(TRANSFER).await;
}

/// The texts as Redis sends them, as the `redis` crate shows them (it drops the code), and as Spin passes them on.
#[test]
fn a_fault_is_known_by_its_code_or_by_its_sentence() {
    let cases = [
        ("NOSCRIPT No matching script. Please use EVAL.", Fault::NoScript),
        (
            "An error was signalled by the server: No matching script. Please use EVAL.",
            Fault::NoScript,
        ),
        ("LOADING Redis is loading the dataset in memory", Fault::Loading),
        (
            "An error was signalled by the server: Redis is loading the dataset in memory",
            Fault::Loading,
        ),
        ("READONLY You can't write against a read only replica.", Fault::ReadOnly),
        (
            "OOM command not allowed when used memory > 'maxmemory'.",
            Fault::OutOfMemory,
        ),
        (
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            Fault::Busy,
        ),
        ("ERR a document in flight must be in a queue", Fault::Other),
        ("Connection refused (os error 111)", Fault::Other),
        ("", Fault::Other),
    ];
    for (text, expected) in cases {
        assert_eq!(Fault::classify(text), expected, "{text}");
    }
}

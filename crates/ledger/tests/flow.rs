//! Flow control: what keeps workers from a queue although something is due, and what lets them at it again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

#[path = "support/mod.rs"]
mod support;

use ledger::{
    CircuitBreaker, CircuitState, DeadLetterFilter, Dependency, Fail, Failure, Handled, HeldBack, Item, Limits, Next,
    RateLimit, Receive, Received, Redrive, Route, State,
};
use support::{Fixture, MINUTE, SECOND, TRANSFER, VERIFY, callback, in_review, onward, receive};

async fn take(fixture: &Fixture, limits: Limits) -> Received {
    let receive = Receive { limits, ..receive(10) };
    fixture.run(fixture.ledger.receive(TRANSFER, &receive)).await
}

async fn settle(fixture: &Fixture, item: &Item, next: Next, dependency: Dependency) {
    let fail = Fail {
        failure: Failure::new("unreachable", "The third party cannot be reached."),
        next,
        dependency,
    };
    fixture
        .run(fixture.ledger.fail(TRANSFER, &item.document, item.receipt, &fail))
        .await;
}

async fn upload_some(fixture: &Fixture, documents: &[&str]) {
    for document in documents {
        fixture.upload(document).await;
    }
}

#[tokio::test]
async fn a_paused_queue_gives_nothing_and_loses_nothing() {
    let fixture = Fixture::start().await;
    fixture.upload("held").await;
    let held = fixture.receive_one(TRANSFER).await;
    let pause = |by| fixture.run(fixture.ledger.pause(TRANSFER, by, "the vendor moves house"));
    assert!(pause("operator-1").await.changed);
    assert!(!pause("operator-2").await.changed, "it is paused already");

    upload_some(&fixture, &["a", "b"]).await;
    let received = fixture.receive(TRANSFER).await;
    assert_eq!((received.items.len(), received.due), (0, 2));
    assert_eq!(received.held_back, Some(HeldBack::Paused));
    assert_eq!(fixture.alarm(TRANSFER).await, None, "nobody is woken for nothing");
    // What a worker holds already is settled as ever.
    let complete = onward(State::Verifying, VERIFY);
    fixture
        .run(fixture.ledger.complete(TRANSFER, "held", held.receipt, &complete))
        .await;
    let stats = fixture.run(fixture.ledger.queue_stats(&[TRANSFER])).await.remove(0);
    let paused = stats.paused.expect("it says that it is paused");
    assert_eq!(
        (paused.by.as_str(), paused.reason.as_str()),
        ("operator-1", "the vendor moves house")
    );

    assert!(fixture.run(fixture.ledger.resume(TRANSFER)).await.changed);
    assert!(!fixture.run(fixture.ledger.resume(TRANSFER)).await.changed);
    assert!(fixture.alarm(TRANSFER).await.is_some());
    assert_eq!(fixture.receive(TRANSFER).await.items.len(), 2);
}

#[tokio::test]
async fn all_workers_together_hold_no_more_than_the_limit() {
    let fixture = Fixture::start().await;
    let limits = Limits {
        max_in_flight: Some(2),
        ..Limits::default()
    };
    upload_some(&fixture, &["a", "b", "c"]).await;
    let first = take(&fixture, limits).await;
    assert_eq!((first.items.len(), first.held_back), (2, Some(HeldBack::InFlight)));
    assert_eq!(take(&fixture, limits).await.items.len(), 0, "another worker gets none");

    // A document that the third party has is in no worker's hands.
    fixture
        .run(
            fixture
                .ledger
                .wait(TRANSFER, "a", first.items[0].receipt, &in_review("r-1")),
        )
        .await;
    let second = take(&fixture, limits).await;
    assert_eq!((second.items.len(), second.held_back), (1, None));
}

#[tokio::test]
async fn the_third_party_has_no_more_than_the_limit() {
    let fixture = Fixture::start().await;
    let limits = Limits {
        max_waiting: Some(1),
        ..Limits::default()
    };
    upload_some(&fixture, &["a", "b"]).await;
    let first = take(&fixture, limits).await;
    assert_eq!(first.items.len(), 1);
    fixture
        .run(
            fixture
                .ledger
                .wait(TRANSFER, "a", first.items[0].receipt, &in_review("r-1")),
        )
        .await;
    let second = take(&fixture, limits).await;
    assert_eq!((second.items.len(), second.held_back), (0, Some(HeldBack::Waiting)));
    fixture
        .run(fixture.ledger.record_callback("a", &callback("w-1", "r-1")))
        .await;
    assert_eq!(take(&fixture, limits).await.items.len(), 1);
}

#[tokio::test]
async fn a_rate_is_a_token_bucket() {
    let mut fixture = Fixture::start().await;
    let limits = Limits {
        rate: Some(RateLimit {
            per_second: 1.0,
            burst: 2,
        }),
        ..Limits::default()
    };
    upload_some(&fixture, &["a", "b", "c", "d", "e", "f"]).await;
    let first = take(&fixture, limits).await;
    assert_eq!((first.items.len(), first.held_back), (2, Some(HeldBack::Rate)));
    let alarm = fixture.alarm(TRANSFER).await.expect("the next token wakes a worker");
    assert!((1..=1000).contains(&alarm), "{alarm}");
    fixture.pass(SECOND);
    assert_eq!(take(&fixture, limits).await.items.len(), 1);
    fixture.pass(10 * SECOND);
    assert_eq!(take(&fixture, limits).await.items.len(), 2, "no more than the burst");
}

fn breaker() -> Limits {
    Limits {
        breaker: Some(CircuitBreaker {
            threshold: 3,
            probe_interval: 10 * SECOND,
            max_probe_interval: 40 * SECOND,
            max_open: 60 * MINUTE,
        }),
        ..Limits::default()
    }
}

/// Opens the breaker with three documents, each of which has one failure then.
async fn break_circuit(fixture: &Fixture) {
    upload_some(fixture, &["a", "b", "c", "d"]).await;
    let taken = take(fixture, breaker()).await.items;
    for item in &taken[..3] {
        settle(fixture, item, Next::RetryIn(SECOND), Dependency::Down).await;
    }
    // The fourth was under way already.
    settle(fixture, &taken[3], Next::RetryIn(SECOND), Dependency::Down).await;
}

#[tokio::test]
async fn an_outage_does_not_burn_the_policies_of_the_documents() {
    let mut fixture = Fixture::start().await;
    break_circuit(&fixture).await;
    for (document, failures) in [("a", 1), ("b", 1), ("c", 1), ("d", 0)] {
        let item = fixture.document(document).await.item.expect("it is in the queue");
        assert_eq!(item.failures, failures, "{document}");
    }
    fixture.pass(2 * SECOND);
    let received = take(&fixture, breaker()).await;
    assert_eq!(
        (received.items.len(), received.held_back),
        (0, Some(HeldBack::CircuitOpen))
    );
    let alarm = fixture.alarm(TRANSFER).await.expect("the probe is woken");
    assert!((7_000..=8_000).contains(&alarm), "{alarm}");

    // Probes, one document at a time, the pause between them doubling; none of them counts.
    for pause in [10, 20, 40, 40] {
        fixture.pass(pause * SECOND);
        let probe = take(&fixture, breaker()).await;
        assert_eq!(probe.items.len(), 1);
        assert_eq!(take(&fixture, breaker()).await.items.len(), 0, "one probe at a time");
        // Even a worker whose policy would be spent.
        settle(&fixture, &probe.items[0], Next::DeadLetter, Dependency::Down).await;
    }
    let stats = fixture.run(fixture.ledger.queue_stats(&[TRANSFER])).await.remove(0);
    assert_eq!((stats.dead, stats.depth), (0, 4));
    assert_eq!(stats.circuit.expect("it is open").state, CircuitState::Open);
    let history = fixture.run(fixture.ledger.history("d")).await;
    let spared = history
        .iter()
        .filter(|entry| entry.detail == Some(serde_json::json!({ "counted": false })));
    assert!(spared.count() > 0, "the history says so");

    // The first that the third party takes ends it, for all.
    fixture.pass(40 * SECOND);
    let probe = take(&fixture, breaker()).await.items.remove(0);
    fixture
        .run(
            fixture
                .ledger
                .wait(TRANSFER, &probe.document, probe.receipt, &in_review("r-1")),
        )
        .await;
    assert_eq!(take(&fixture, breaker()).await.items.len(), 3);
    let stats = fixture.run(fixture.ledger.queue_stats(&[TRANSFER])).await.remove(0);
    assert_eq!(stats.circuit, None);
}

#[tokio::test]
async fn one_document_does_not_open_the_breaker() {
    let mut fixture = Fixture::start().await;
    fixture.upload("poison").await;
    for _ in 0..8 {
        let item = take(&fixture, breaker()).await.items.remove(0);
        settle(&fixture, &item, Next::RetryIn(SECOND), Dependency::Down).await;
        fixture.pass(2 * SECOND);
    }
    let item = take(&fixture, breaker()).await.items.remove(0);
    settle(&fixture, &item, Next::DeadLetter, Dependency::Down).await;
    assert_eq!(fixture.document("poison").await.state, State::Failed);
}

#[tokio::test]
async fn a_third_party_that_never_comes_back_does_not_keep_documents_for_ever() {
    let mut fixture = Fixture::start().await;
    break_circuit(&fixture).await;
    fixture.pass(61 * MINUTE);
    let probe = take(&fixture, breaker()).await.items.remove(0);
    settle(&fixture, &probe, Next::DeadLetter, Dependency::Down).await;
    assert_eq!(fixture.document(&probe.document).await.state, State::Failed);
}

#[tokio::test]
async fn dead_letters_are_found_and_redriven_by_what_they_have_in_common() {
    let mut fixture = Fixture::start().await;
    let ledger = fixture.ledger.clone();
    upload_some(&fixture, &["a", "b", "c"]).await;
    for item in take(&fixture, Limits::default()).await.items {
        let code = if item.document == "b" { "refused" } else { "unreachable" };
        let fail = support::failed_attempt(Failure::new(code, "It did not work."), Next::DeadLetter);
        fixture
            .run(ledger.fail(TRANSFER, &item.document, item.receipt, &fail))
            .await;
    }
    let of = |reason: Option<&str>, vendor: Option<&str>| DeadLetterFilter {
        reason: reason.map(Into::into),
        vendor: vendor.map(Into::into),
        ..DeadLetterFilter::default()
    };
    for (filter, found) in [
        (of(None, None), 3),
        (of(Some("unreachable"), None), 2),
        (of(Some("unreachable"), Some("review")), 2),
        (of(None, Some("another")), 0),
    ] {
        let page = fixture.run(ledger.dead_letters(&filter, None, 10)).await;
        assert_eq!(page.items.len(), found, "{filter:?}");
        assert!(page.next.is_none());
    }

    let newest = fixture.run(ledger.dead_letters(&of(None, None), None, 1)).await;
    let until = newest.items[0].at;
    let filter = DeadLetterFilter {
        until: Some(until),
        ..of(Some("unreachable"), None)
    };
    fixture.pass(MINUTE);
    // What failed later is not meant.
    fixture.upload("d").await;
    let late = take(&fixture, Limits::default()).await.items.remove(0);
    settle(&fixture, &late, Next::DeadLetter, Dependency::Unknown).await;
    let redrive = || {
        fixture.run(
            fixture
                .ledger
                .redrive_matching(&filter, None, 10, "operator-1", &Redrive::Again),
        )
    };
    assert_eq!(redrive().await.redriven, 2);
    assert_eq!(redrive().await.redriven, 0, "pressing twice is safe");
    for (document, state) in [
        ("a", State::Uploaded),
        ("b", State::Failed),
        ("c", State::Uploaded),
        ("d", State::Failed),
    ] {
        assert_eq!(fixture.document(document).await.state, state, "{document}");
    }
}

#[tokio::test]
async fn a_review_that_came_to_nothing_is_asked_for_anew() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!(item.round, 0);
    fixture
        .run(fixture.ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    fixture
        .run(fixture.ledger.record_callback("d", &callback("w-1", "r-1")))
        .await;
    let item = fixture.receive_one(VERIFY).await;
    let fail = support::failed_attempt(
        Failure::new("files-incorrect", "They are not as promised."),
        Next::DeadLetter,
    );
    fixture.run(fixture.ledger.fail(VERIFY, "d", item.receipt, &fail)).await;
    fixture
        .run(fixture.ledger.redrive(VERIFY, "d", "operator-1", &Redrive::Again))
        .await;
    let item = fixture.receive_one(VERIFY).await;
    assert_eq!(item.round, 1);

    // What the third party has said stays what it is, so a person may have it asked once more.
    fixture.run(fixture.ledger.fail(VERIFY, "d", item.receipt, &fail)).await;
    let anew = Redrive::From {
        state: State::Uploaded,
        route: Route {
            fact: "kind".into(),
            queues: [("lesson-plan".into(), TRANSFER.into())].into(),
        },
        body: "{}".into(),
    };
    let nowhere = Redrive::From {
        state: State::Uploaded,
        route: Route {
            fact: "kind".into(),
            queues: [("exam".into(), TRANSFER.into())].into(),
        },
        body: "{}".into(),
    };
    let refused = fixture.try_run(fixture.ledger.redrive(VERIFY, "d", "operator-1", &nowhere));
    assert!(refused.await.is_err(), "no document goes nowhere");
    let redrive = || fixture.run(fixture.ledger.redrive(VERIFY, "d", "operator-1", &anew));
    assert_eq!(redrive().await, Handled::Done(State::Uploaded));
    assert_eq!(
        redrive().await,
        Handled::NotDead(State::Uploaded),
        "pressing twice is safe"
    );
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.round, item.failures), (2, 0));
}

#[tokio::test]
async fn what_happens_is_counted() {
    let mut fixture = Fixture::start().await;
    upload_some(&fixture, &["a", "b"]).await;
    fixture.pass(2 * SECOND);
    let taken = take(&fixture, Limits::default()).await.items;
    settle(&fixture, &taken[0], Next::RetryIn(SECOND), Dependency::Down).await;
    settle(&fixture, &taken[1], Next::DeadLetter, Dependency::Down).await;
    let metrics = fixture.run(fixture.ledger.metrics(&[TRANSFER, VERIFY])).await;
    let transfer = &metrics.queues[0];
    assert_eq!((transfer.attempts, transfer.dead_lettered), (2, 1));
    assert_eq!(transfer.failures.get("unreachable"), Some(&2));
    assert_eq!(metrics.queues[1].attempts, 0);
    let (state, uploaded) = &metrics.durations[1];
    assert_eq!((*state, uploaded.count()), (State::Uploaded, 2));
    let in_five_seconds = uploaded.buckets.iter().find(|(bound, _)| *bound == 5 * SECOND);
    assert_eq!(in_five_seconds.map(|(_, count)| *count), Some(2), "{uploaded:?}");
    assert!(uploaded.sum >= 4 * SECOND);
}

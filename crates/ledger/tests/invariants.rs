//! What must hold whatever happens, each tried by something that would break it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod support;

use std::time::Duration;

use ledger::{
    Advance, Advanced, Enqueue, Failure, Handled, Next, Phase, Recorded, Redrive, Settled, State, WORKER_CRASHED,
};
use serde_json::json;
use support::{
    Fixture, MINUTE, NORMALIZE, QUEUES, SECOND, TRANSFER, VERIFY, callback, failed_attempt, in_review, onward, uploaded,
};

fn refused() -> Failure {
    Failure::new("refused", "The third party does not take this kind of document.")
}

#[tokio::test]
async fn a_document_goes_all_the_way_and_its_history_says_how() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    fixture.announce("d").await;
    let mut first = Enqueue::now(TRANSFER, r#"{"key":"original"}"#);
    first.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    let upload = uploaded(first.clone());
    assert_eq!(fixture.run(ledger.advance("d", &upload)).await, Advanced::Moved);
    assert_eq!(
        fixture.run(ledger.advance("d", &upload)).await,
        Advanced::Already(State::Uploaded)
    );
    assert_eq!(fixture.run(ledger.advance("nobody", &upload)).await, Advanced::Unknown);

    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!(
        (item.document.as_str(), item.submission.as_str(), item.owner.as_str()),
        ("d", "s-d", "teacher-1")
    );
    assert_eq!(
        (item.title.as_str(), item.name_of_owner.as_deref()),
        ("Portfolio s-d", Some("Ada Lovelace"))
    );
    assert_eq!(
        (item.body.as_str(), item.failures, item.callback_overdue),
        (r#"{"key":"original"}"#, 0, false)
    );
    assert_eq!(item.traceparent, first.traceparent);
    let wait = ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1"));
    assert_eq!(fixture.run(wait).await, Settled::Done);
    assert_eq!(fixture.document("d").await.review.as_deref(), Some("r-1"));
    assert_eq!(
        fixture.run(ledger.record_callback("d", &callback("w-1", "r-1"))).await,
        Recorded::Queued
    );
    let item = fixture.receive_one(VERIFY).await;
    assert_eq!(
        item.traceparent, first.traceparent,
        "the way of a document is one trace"
    );
    assert_eq!(
        (item.review.as_deref(), item.body.as_str()),
        (Some("r-1"), r#"{"verdict":"completed"}"#)
    );
    let complete = onward(State::Normalizing, NORMALIZE);
    assert_eq!(
        fixture.run(ledger.complete(VERIFY, "d", item.receipt, &complete)).await,
        Settled::Done
    );
    let item = fixture.receive_one(NORMALIZE).await;
    let mut complete = onward(State::Ready, NORMALIZE);
    complete.handoff = None;
    complete.detail = Some(json!({ "annotations": [] }));
    assert_eq!(
        fixture
            .run(ledger.complete(NORMALIZE, "d", item.receipt, &complete))
            .await,
        Settled::Done
    );

    let document = fixture.document("d").await;
    assert_eq!(
        (document.state, document.item, document.dead_letter),
        (State::Ready, None, None)
    );
    let history = fixture.run(ledger.history("d")).await;
    let events: Vec<_> = history.iter().map(|entry| entry.event.as_str()).collect();
    let expected = [
        "created",
        "uploaded",
        "received",
        "accepted",
        "callback-received",
        "received",
        "done",
        "received",
        "done",
    ];
    assert_eq!(events, expected);
    assert_eq!(history.last().unwrap().detail, Some(json!({ "annotations": [] })));
    assert_eq!(
        history.last().unwrap().from,
        Some(State::Transferring),
        "`entering` was `transferring` throughout"
    );
    assert_eq!(document.version, history.len() as u64);
    for queue in QUEUES {
        assert_eq!(fixture.alarm(queue).await, None, "{queue}: an empty queue has no alarm");
    }
}

#[tokio::test]
async fn stale_receipt_cannot_settle_what_another_worker_holds() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    let slow = fixture.receive_one(TRANSFER).await;
    fixture.pass(MINUTE + SECOND);
    let quick = fixture.receive_one(TRANSFER).await;
    assert!(quick.receipt > slow.receipt);

    let ledger = &fixture.ledger;
    let before = fixture.document("d").await;
    let stale = Settled::Stale {
        state: State::Transferring,
    };
    let next = onward(State::Verifying, VERIFY);
    assert_eq!(
        fixture.run(ledger.complete(TRANSFER, "d", slow.receipt, &next)).await,
        stale
    );
    assert_eq!(
        fixture
            .run(ledger.wait(TRANSFER, "d", slow.receipt, &in_review("r")))
            .await,
        stale
    );
    assert_eq!(
        fixture.run(ledger.extend(TRANSFER, "d", slow.receipt, MINUTE)).await,
        stale
    );
    for next in [Next::RetryIn(SECOND), Next::DeadLetter] {
        assert_eq!(
            fixture
                .run(ledger.fail(TRANSFER, "d", slow.receipt, &failed_attempt(refused(), next)))
                .await,
            stale
        );
    }
    assert_eq!(fixture.document("d").await, before);

    assert_eq!(
        fixture.run(ledger.complete(TRANSFER, "d", quick.receipt, &next)).await,
        Settled::Done
    );
    let gone = Settled::Gone {
        state: Some(State::Verifying),
    };
    assert_eq!(
        fixture.run(ledger.complete(TRANSFER, "d", quick.receipt, &next)).await,
        gone
    );
    assert_eq!(
        fixture.run(ledger.extend(TRANSFER, "nobody", 1, MINUTE)).await,
        Settled::Gone { state: None }
    );
}

#[tokio::test]
async fn a_worker_of_an_earlier_life_cannot_settle_a_later_one() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    let early = fixture.receive_one(TRANSFER).await;
    fixture.pass(MINUTE + SECOND);
    let item = fixture.receive_one(TRANSFER).await;
    let ledger = &fixture.ledger;
    fixture
        .run(ledger.fail(
            TRANSFER,
            "d",
            item.receipt,
            &failed_attempt(refused(), Next::DeadLetter),
        ))
        .await;
    fixture
        .run(ledger.redrive(TRANSFER, "d", "operator-1", &Redrive::Again))
        .await;
    let later = fixture.receive_one(TRANSFER).await;
    assert!(later.receipt > item.receipt && item.receipt > early.receipt);
    for receipt in [early.receipt, item.receipt] {
        let settled = fixture.run(ledger.extend(TRANSFER, "d", receipt, MINUTE)).await;
        assert_eq!(
            settled,
            Settled::Stale {
                state: State::Transferring
            }
        );
    }
}

#[tokio::test]
async fn a_lease_that_is_extended_does_not_run_out() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    let item = fixture.receive_one(TRANSFER).await;
    fixture.pass(50 * SECOND);
    let extended = fixture
        .run(fixture.ledger.extend(TRANSFER, "d", item.receipt, MINUTE))
        .await;
    assert_eq!(extended, Settled::Done);
    fixture.pass(50 * SECOND);
    let received = fixture.receive(TRANSFER).await;
    assert_eq!((received.items.len(), received.due), (0, 0));
    let due_in = received.next_due_in.unwrap();
    assert!(due_in > Duration::ZERO && due_in <= 10 * SECOND, "{due_in:?}");
    fixture.pass(11 * SECOND);
    fixture.receive_one(TRANSFER).await;
}

#[tokio::test]
async fn an_item_that_kills_its_workers_goes_to_the_dead_letters() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    fixture.upload("healthy").await;
    for _ in 0..3 {
        assert_eq!(fixture.receive(TRANSFER).await.items.len(), 2);
        let receipt = receipt_of(&fixture, "healthy").await;
        fixture
            .run(fixture.ledger.fail(
                TRANSFER,
                "healthy",
                receipt,
                &failed_attempt(refused(), Next::RetryIn(SECOND)),
            ))
            .await;
        fixture.pass(MINUTE + SECOND);
    }
    let received = fixture.receive(TRANSFER).await;
    let documents: Vec<_> = received.items.iter().map(|item| item.document.as_str()).collect();
    assert_eq!(
        documents,
        ["healthy"],
        "attempts that were settled do not count as crashes"
    );
    let document = fixture.document("d").await;
    assert_eq!(
        (document.state, document.dead_letter.as_deref()),
        (State::Failed, Some(TRANSFER))
    );
    assert_eq!(document.failure.unwrap().code, WORKER_CRASHED);
    let letter = fixture.run(fixture.ledger.dead_letter(TRANSFER, "d")).await.unwrap();
    assert_eq!(letter.failure.code, WORKER_CRASHED);
    assert_eq!(letter.attempts.len(), 1);
}

async fn receipt_of(fixture: &Fixture, document: &str) -> u64 {
    let history = fixture.run(fixture.ledger.history(document)).await;
    history.iter().rev().find_map(|entry| entry.receipt).unwrap()
}

#[tokio::test]
async fn a_dead_letter_can_be_redriven_once_and_discarded_once() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    fixture.upload("d").await;
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(ledger.fail(
            TRANSFER,
            "d",
            item.receipt,
            &failed_attempt(refused(), Next::DeadLetter),
        ))
        .await;
    let failed = fixture.document("d").await;
    assert_eq!(
        (failed.state, failed.failure, failed.item),
        (State::Failed, Some(refused()), None)
    );

    let fails_again = failing(State::Failed);
    assert_eq!(fixture.run(ledger.advance("d", &fails_again)).await, Advanced::Moved);
    assert!(
        fixture.run(ledger.dead_letter(TRANSFER, "d")).await.is_some(),
        "only redrive and discard take it off the dead letters"
    );

    let redrive = |by| fixture.run(ledger.redrive(TRANSFER, "d", by, &Redrive::Again));
    assert_eq!(redrive("operator-1").await, Handled::Done(State::Uploaded));
    assert_eq!(redrive("operator-2").await, Handled::NotDead(State::Uploaded));
    let redriven = fixture.document("d").await;
    assert_eq!(
        (redriven.state, redriven.failure, redriven.dead_letter),
        (State::Uploaded, None, None)
    );
    let entry = fixture.run(ledger.history("d")).await.pop().unwrap();
    assert_eq!(
        (entry.event.as_str(), entry.by.as_deref()),
        ("redriven", Some("operator-1"))
    );

    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.failures, item.body.as_str()), (0, r#"{"attempt":"first"}"#));
    fixture
        .run(ledger.fail(
            TRANSFER,
            "d",
            item.receipt,
            &failed_attempt(refused(), Next::DeadLetter),
        ))
        .await;
    let discard = || fixture.run(ledger.discard(TRANSFER, "d", "operator-1", "withdrawn"));
    assert_eq!(discard().await, Handled::Done(State::Failed));
    assert_eq!(discard().await, Handled::NotDead(State::Failed));
    assert_eq!(redrive("operator-1").await, Handled::NotDead(State::Failed));
    let entry = fixture.run(ledger.history("d")).await.pop().unwrap();
    assert_eq!(entry.detail, Some(json!({ "reason": "withdrawn" })));
    assert_eq!(
        fixture.document("d").await.failure,
        Some(refused()),
        "it is still known why"
    );
    assert_eq!(
        fixture
            .run(ledger.redrive(TRANSFER, "nobody", "operator-1", &Redrive::Again))
            .await,
        Handled::Unknown
    );
}

#[tokio::test]
async fn no_call_leaves_a_document_in_flight_without_a_queue() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    fixture.announce("d").await;
    let mut lost = uploaded(Enqueue::now(TRANSFER, "{}"));
    lost.enqueue = None;
    let mut queued_and_failed = uploaded(Enqueue::now(TRANSFER, "{}"));
    queued_and_failed.to = State::Failed;
    queued_and_failed.failure = Some(refused());
    let mut without_reason = queued_and_failed.clone();
    without_reason.enqueue = None;
    without_reason.failure = None;
    for advance in [lost, queued_and_failed, without_reason] {
        fixture
            .try_run(ledger.advance("d", &advance))
            .await
            .expect_err("it is refused");
    }
    assert_eq!(fixture.document("d").await.version, 1);

    fixture
        .run(ledger.advance("d", &uploaded(Enqueue::now(TRANSFER, "{}"))))
        .await;
    let item = fixture.receive_one(TRANSFER).await;
    let mut lost = onward(State::Verifying, VERIFY);
    lost.handoff = None;
    let queued_and_ready = onward(State::Ready, VERIFY);
    for complete in [lost, queued_and_ready] {
        fixture
            .try_run(ledger.complete(TRANSFER, "d", item.receipt, &complete))
            .await
            .expect_err("it is refused");
    }
    let document = fixture.document("d").await;
    assert_eq!(
        (document.state, document.item.unwrap().phase),
        (State::Transferring, Phase::Leased)
    );

    // What fails on the way is in no queue any more, and whoever works on it finds out.
    let withdrawn = failing(State::Transferring);
    assert_eq!(fixture.run(ledger.advance("d", &withdrawn)).await, Advanced::Moved);
    let settled = fixture.run(ledger.extend(TRANSFER, "d", item.receipt, MINUTE)).await;
    assert_eq!(
        settled,
        Settled::Gone {
            state: Some(State::Failed)
        }
    );
    assert_eq!(fixture.alarm(TRANSFER).await, None);
}

fn failing(from: State) -> Advance {
    Advance {
        from: vec![from],
        to: State::Failed,
        event: "withdrawn",
        by: None,
        detail: None,
        enqueue: None,
        failure: Some(refused()),
        facts_patch: None,
    }
}

#[tokio::test]
async fn no_key_but_alarms_has_a_ttl() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    for document in ["a", "b", "c", "d"] {
        fixture.upload(document).await;
    }
    let items = fixture.receive(TRANSFER).await.items;
    fixture
        .run(ledger.wait(TRANSFER, "a", items[0].receipt, &in_review("r-1")))
        .await;
    fixture.run(ledger.record_callback("a", &callback("w-1", "r-1"))).await;
    fixture
        .run(ledger.fail(
            TRANSFER,
            "b",
            items[1].receipt,
            &failed_attempt(refused(), Next::DeadLetter),
        ))
        .await;
    fixture
        .run(ledger.fail(
            TRANSFER,
            "c",
            items[2].receipt,
            &failed_attempt(refused(), Next::RetryIn(MINUTE)),
        ))
        .await;

    let keys: Vec<String> = fixture.redis("KEYS", &["*"]).await;
    assert!(keys.len() > 20, "{keys:?}");
    for key in keys {
        assert!(
            key.starts_with("{dossier}:"),
            "{key}: every key is in the ledger's slot"
        );
        let left: i64 = fixture.redis("PTTL", &[&key]).await;
        assert_eq!(left >= 0, ledger.queue_of_alarm(&key).is_some(), "{key}");
    }
}

//! A callback that is late, early, repeated, meant for another or never comes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod support;

use std::time::Duration;

use ledger::{CALLBACK_OVERDUE, Failure, Next, Recorded, Redrive, Settled, State};
use support::{Fixture, MINUTE, TRANSFER, VERIFY, callback, failed_attempt, in_review};

fn refused() -> Failure {
    Failure::new("refused", "The third party does not take this kind of document.")
}

#[tokio::test]
async fn a_callback_that_never_comes_is_a_failed_attempt() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(fixture.ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    fixture.pass(59 * MINUTE);
    assert_eq!(fixture.receive(TRANSFER).await.items.len(), 0);
    fixture.pass(2 * MINUTE);
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!(
        (item.failures, item.callback_overdue, item.review.as_deref()),
        (1, true, Some("r-1"))
    );
    // The worker crashes here: that the callback is overdue must not be forgotten, nor counted twice.
    fixture.pass(2 * MINUTE);
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.failures, item.callback_overdue), (1, true));
    let ledger = fixture.ledger.clone();
    let retry = ledger.fail(
        TRANSFER,
        "d",
        item.receipt,
        &failed_attempt(refused(), Next::RetryIn(Duration::ZERO)),
    );
    fixture.run(retry).await;
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.failures, item.callback_overdue), (2, false), "that is settled");

    fixture
        .run(ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-2")))
        .await;
    fixture.pass(61 * MINUTE);
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.failures, item.callback_overdue), (3, true));
    let failure = Failure::new(CALLBACK_OVERDUE, "The policy is spent.");
    fixture
        .run(
            fixture
                .ledger
                .fail(TRANSFER, "d", item.receipt, &failed_attempt(failure, Next::DeadLetter)),
        )
        .await;
    let events = fixture.events("d").await;
    let attempt = ["accepted", "callback-overdue", "received"];
    let between = ["received", "attempt-failed", "received"];
    let expected: Vec<_> = [&attempt[..], &between, &attempt, &["dead-lettered"]].concat();
    assert_eq!(events[3..], expected);
    let letter = fixture.run(fixture.ledger.dead_letter(TRANSFER, "d")).await.unwrap();
    let codes: Vec<_> = letter
        .attempts
        .iter()
        .map(|attempt| attempt.failure.code.as_str())
        .collect();
    assert_eq!(codes, [CALLBACK_OVERDUE, "refused", CALLBACK_OVERDUE, CALLBACK_OVERDUE]);
    assert_eq!(
        letter.attempts[0].receipt, 1,
        "the attempt that failed is the one that waited"
    );

    let redrive = fixture.ledger.redrive(TRANSFER, "d", "operator-1", &Redrive::Again);
    fixture.run(redrive).await;
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.failures, item.callback_overdue), (0, false));
}

#[tokio::test]
async fn a_callback_may_overtake_the_answer_and_the_sender_changes_nothing() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    fixture.upload("d").await;
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!(
        fixture.run(ledger.record_callback("d", &callback("w-1", "r-1"))).await,
        Recorded::Queued
    );

    let gone = Settled::Gone {
        state: Some(State::Verifying),
    };
    let before = fixture.document("d").await;
    assert_eq!(
        fixture
            .run(ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
            .await,
        gone
    );
    assert_eq!(
        fixture
            .run(ledger.fail(
                TRANSFER,
                "d",
                item.receipt,
                &failed_attempt(refused(), Next::DeadLetter)
            ))
            .await,
        gone
    );
    assert_eq!(fixture.document("d").await, before);
    assert_eq!(
        (before.state, before.review.as_deref()),
        (State::Verifying, Some("r-1"))
    );
    fixture.receive_one(VERIFY).await;
}

#[tokio::test]
async fn a_callback_changes_nothing_that_it_should_not() {
    let mut fixture = Fixture::start().await;
    fixture.announce("early").await;
    fixture.upload("d").await;
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(fixture.ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    fixture.pass(61 * MINUTE);
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(fixture.ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-2")))
        .await;

    let ledger = fixture.ledger.clone();
    let before = fixture.document("d").await;
    let recorded =
        |document, webhook, review| fixture.run(ledger.record_callback(document, &callback(webhook, review)));
    assert_eq!(recorded("d", "w-1", "r-9").await, Recorded::OtherReview);
    assert_eq!(
        recorded("early", "w-1", "r-1").await,
        Recorded::NotAwaited(State::AwaitingUpload)
    );
    assert_eq!(recorded("nobody", "w-1", "r-1").await, Recorded::Unknown);
    assert_eq!(fixture.document("d").await, before);

    // The third party accepted twice: either review will do, and only one counts.
    assert_eq!(recorded("d", "w-1", "r-1").await, Recorded::Queued);
    let after = fixture.document("d").await;
    assert_eq!(recorded("d", "w-1", "r-1").await, Recorded::Duplicate);
    assert_eq!(
        recorded("d", "w-2", "r-2").await,
        Recorded::NotAwaited(State::Verifying)
    );
    assert_eq!(fixture.document("d").await, after);
    assert_eq!(after.review.as_deref(), Some("r-1"));

    // A webhook id is remembered for longer than its timestamp could pass.
    fixture.pass(14 * MINUTE);
    let ledger = fixture.ledger.clone();
    assert_eq!(
        fixture.run(ledger.record_callback("d", &callback("w-1", "r-1"))).await,
        Recorded::Duplicate
    );
    fixture.pass(2 * MINUTE);
    let ledger = fixture.ledger.clone();
    let late = fixture.run(ledger.record_callback("d", &callback("w-1", "r-1"))).await;
    assert_eq!(late, Recorded::NotAwaited(State::Verifying));
    let seen: u64 = fixture.redis("ZCARD", &["{dossier}:webhooks:review"]).await;
    assert_eq!(seen, 0, "and no longer");
}

/// A third party that mixes up two documents must not give one the other's review, also while the request for it is on its way.
#[tokio::test]
async fn a_review_of_another_document_is_not_taken() {
    let fixture = Fixture::start().await;
    fixture.upload("one").await;
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(fixture.ledger.wait(TRANSFER, "one", item.receipt, &in_review("r-1")))
        .await;
    fixture.upload("other").await;
    fixture.receive_one(TRANSFER).await;
    let mixed_up = fixture.ledger.record_callback("other", &callback("w-1", "r-1"));
    assert_eq!(fixture.run(mixed_up).await, Recorded::OtherReview);
    let own = fixture.ledger.record_callback("other", &callback("w-2", "r-2"));
    assert_eq!(fixture.run(own).await, Recorded::Queued);
    let first = fixture.ledger.record_callback("one", &callback("w-1", "r-1"));
    assert_eq!(fixture.run(first).await, Recorded::Queued, "its own document gets it");
}

//! What was kept long enough, or is wanted gone, is gone: and nothing else is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

#[path = "support/mod.rs"]
mod support;

use std::time::Duration;

use ledger::{Deleted, ERASE, Erasing, Failure, Idempotency, Next, Settled, State};
use support::{Fixture, MINUTE, NORMALIZE, SECOND, TRANSFER, VERIFY, callback, failed_attempt, in_review, onward};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A submission `s-d` with one document, kept for ten days.
async fn hand_in(fixture: &Fixture) {
    let mut new = support::submission("s-d", "teacher-1", &["d"]);
    new.keep_for = Some(10 * DAY);
    new.idempotency = Some(Idempotency {
        key: "k".into(),
        fingerprint: "f".into(),
    });
    fixture.run(fixture.ledger.create_submission(&new)).await;
    let uploaded = support::uploaded(ledger::Enqueue::now(TRANSFER, "{}"));
    fixture.run(fixture.ledger.advance("d", &uploaded)).await;
}

/// The same document, all the way to `ready`.
async fn finish(fixture: &Fixture) {
    let ledger = &fixture.ledger;
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    fixture.run(ledger.record_callback("d", &callback("w-1", "r-1"))).await;
    let item = fixture.receive_one(VERIFY).await;
    let verified = onward(State::Normalizing, NORMALIZE);
    fixture.run(ledger.complete(VERIFY, "d", item.receipt, &verified)).await;
    let item = fixture.receive_one(NORMALIZE).await;
    let mut ready = onward(State::Ready, NORMALIZE);
    ready.handoff = None;
    fixture.run(ledger.complete(NORMALIZE, "d", item.receipt, &ready)).await;
}

async fn take(fixture: &Fixture) -> Vec<Erasing> {
    fixture.run(fixture.ledger.receive_erasures(10, 5 * MINUTE)).await.items
}

/// The keys that know of the submission or its document.
async fn traces(fixture: &Fixture) -> Vec<String> {
    let keys: Vec<String> = fixture.redis("KEYS", &["*"]).await;
    let mut traces = Vec::new();
    for key in keys {
        let dump: Vec<u8> = fixture.redis("DUMP", &[&key]).await;
        let says = |id: &str| dump.windows(id.len()).any(|window| window == id.as_bytes());
        if key.ends_with(":d") || key.ends_with(":s-d") || says("s-d") {
            traces.push(key);
        }
    }
    traces.sort();
    traces
}

#[tokio::test]
async fn a_finished_submission_is_erased_when_its_time_is_over_and_leaves_a_receipt() {
    let mut fixture = Fixture::start().await;
    hand_in(&fixture).await;
    fixture.pass(5 * DAY);
    finish(&fixture).await;
    fixture.pass(9 * DAY);
    assert_eq!(take(&fixture).await, [], "its time began when it was finished");
    assert!(
        fixture.alarm(ERASE).await.is_some(),
        "nothing but the alarm wakes anybody"
    );
    fixture.pass(2 * DAY);
    let taken = take(&fixture).await;
    assert_eq!((taken.len(), taken[0].documents.len()), (1, 1), "{taken:?}");

    // Whoever took it died: it is due again when the lease is over, with all that there is to delete.
    assert_eq!(take(&fixture).await, []);
    fixture.pass(6 * MINUTE);
    assert_eq!(take(&fixture).await.len(), 1);

    let deleted = Deleted {
        objects: 7,
        bytes: 4096,
        rows: 1,
    };
    let receipt = fixture.run(fixture.ledger.erased("s-d", deleted)).await.unwrap();
    assert_eq!((receipt.by.as_str(), receipt.deleted), ("retention", deleted));
    assert!(receipt.erased_at.is_some());
    assert_eq!(fixture.run(fixture.ledger.submission("s-d")).await, None);
    assert_eq!(fixture.run(fixture.ledger.document("d")).await, None);
    let page = fixture.run(fixture.ledger.submissions("teacher-1", None, 10)).await;
    assert!(page.items.is_empty());
    assert_eq!(
        traces(&fixture).await,
        ["{dossier}:erasure:s-d", "{dossier}:queue:erase"],
        "the receipt, and one more look"
    );

    // Whatever was left behind in the meantime is looked for once more, and then never again.
    fixture.pass(61 * MINUTE);
    assert_eq!(take(&fixture).await[0].submission, "s-d");
    let late = Deleted {
        objects: 1,
        ..Deleted::default()
    };
    let receipt = fixture.run(fixture.ledger.erased("s-d", late)).await.unwrap();
    assert_eq!(receipt.deleted.objects, 8);
    fixture.pass(1000 * DAY);
    assert_eq!(take(&fixture).await, []);
    assert_eq!(fixture.alarm(ERASE).await, None);
    assert_eq!(fixture.run(fixture.ledger.erasure("s-d")).await, Some(receipt));
}

#[tokio::test]
async fn what_something_is_still_being_done_to_is_kept() {
    let mut fixture = Fixture::start().await;
    hand_in(&fixture).await;
    fixture.pass(11 * DAY);
    assert_eq!(take(&fixture).await, [], "it waits in a queue");
    let item = fixture.receive_one(TRANSFER).await;
    let failed = failed_attempt(Failure::new("refused", "No."), Next::DeadLetter);
    fixture
        .run(fixture.ledger.fail(TRANSFER, "d", item.receipt, &failed))
        .await;
    fixture.pass(9 * DAY);
    assert_eq!(take(&fixture).await, [], "it failed only nine days ago");
    fixture.pass(2 * DAY);
    assert_eq!(
        take(&fixture).await.len(),
        1,
        "nobody has looked at the dead letter for eleven days"
    );
}

#[tokio::test]
async fn a_submission_without_a_time_is_kept_for_ever() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    finish(&fixture).await;
    fixture.pass(10_000 * DAY);
    assert_eq!(take(&fixture).await, []);
    assert_eq!(fixture.alarm(ERASE).await, None);
}

/// Whatever a document's stage, an erasure is begun at once, and whoever works on it changes nothing any more.
#[tokio::test]
async fn an_erasure_overtakes_whoever_is_at_work() {
    let fixture = Fixture::start().await;
    hand_in(&fixture).await;
    let ledger = &fixture.ledger;
    let item = fixture.receive_one(TRANSFER).await;
    let begun = ledger.request_erasure("s-d", "operator-1", "The school asked for it.");
    let begun = fixture.run(begun).await.unwrap();
    let again = ledger.request_erasure("s-d", "operator-2", "Pressed twice.");
    assert_eq!(
        fixture.run(again).await.as_ref(),
        Some(&begun),
        "the first reason stays"
    );
    let nobody = ledger.request_erasure("s-nobody", "operator-1", "A slip.");
    assert_eq!(fixture.run(nobody).await, None);

    let settled = fixture
        .run(ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    assert!(
        matches!(settled, Settled::Gone { .. } | Settled::Stale { .. }),
        "{settled:?}"
    );
    let document = fixture.document("d").await;
    assert_eq!((document.state, document.item), (State::Failed, None));
    assert_eq!(document.failure.unwrap().code, "erased");

    assert_eq!(take(&fixture).await.len(), 1);
    fixture.run(ledger.erased("s-d", Deleted::default())).await;
    let settled = fixture
        .run(ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    assert!(matches!(settled, Settled::Gone { .. }), "{settled:?}");
    assert_eq!(
        fixture.run(ledger.document("d")).await,
        None,
        "no late answer brings it back"
    );

    // What is left of it in the bucket is no reason to restore it.
    let lost = ledger::LostSubmission {
        id: "s-d".into(),
        owner: "teacher-1".into(),
        title: "Photosynthesis".into(),
        name_of_owner: None,
        evaluators: "all".into(),
        assigned_at: item.enqueued_at,
        created_at: item.enqueued_at,
        withdrawn_at: None,
        keep_for: Some(SECOND),
        documents: Vec::new(),
    };
    assert!(
        fixture
            .run(ledger.restore(&lost, "operator-1"))
            .await
            .restored
            .is_empty()
    );
    assert_eq!(fixture.run(ledger.submission("s-d")).await, None);
}

/// The receipts of one submission say nothing about another.
#[tokio::test]
async fn others_are_left_alone() {
    let fixture = Fixture::start().await;
    hand_in(&fixture).await;
    fixture.upload("e").await;
    fixture
        .run(fixture.ledger.request_erasure("s-d", "operator-1", "Asked for."))
        .await;
    assert_eq!(take(&fixture).await.len(), 1);
    fixture.run(fixture.ledger.erased("s-d", Deleted::default())).await;
    assert_eq!(fixture.document("e").await.state, State::Uploaded);
    assert_eq!(fixture.receive_one(TRANSFER).await.document, "e");
}

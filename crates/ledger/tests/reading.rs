//! What readers see: submissions, pages, queues in numbers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod support;

use std::collections::BTreeSet;

use ledger::{Created, DeadLetterFilter, Failure, Idempotency, Limits, Next, QueueStats, Redrive, State};
use serde_json::json;
use support::{Fixture, MINUTE, NORMALIZE, SECOND, TRANSFER, VERIFY, failed_attempt, in_review, submission};

#[tokio::test]
async fn a_creation_that_is_repeated_creates_nothing() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    let with_key = |id: &str, document: &str, owner: &str, fingerprint: &str| {
        let idempotency = Some(Idempotency {
            key: "key-1".into(),
            fingerprint: fingerprint.into(),
        });
        ledger::NewSubmission {
            most_per_day: None,
            keep_for: None,
            idempotency,
            ..submission(id, owner, &[document])
        }
    };
    let create = |new| {
        let call = ledger.create_submission(&new);
        fixture.run(call)
    };
    assert_eq!(create(with_key("s-1", "a", "teacher-1", "f-1")).await, Created::New);
    assert_eq!(
        create(with_key("s-1", "a", "teacher-1", "f-1")).await,
        Created::Replayed("s-1".into())
    );
    assert_eq!(
        create(with_key("s-2", "b", "teacher-1", "f-1")).await,
        Created::Replayed("s-1".into())
    );
    assert_eq!(
        create(with_key("s-3", "c", "teacher-1", "f-2")).await,
        Created::KeyReused
    );
    assert_eq!(
        create(with_key("s-4", "d", "teacher-2", "f-2")).await,
        Created::New,
        "keys are an owner's own"
    );
    assert_eq!(
        create(submission("s-1", "teacher-1", &["a"])).await,
        Created::Replayed("s-1".into())
    );
    fixture
        .try_run(ledger.create_submission(&submission("s-5", "teacher-1", &["a"])))
        .await
        .expect_err("a is taken");

    let listed = fixture.run(ledger.submissions("teacher-1", None, 10)).await;
    assert_eq!(listed.items.len(), 1);
    assert_eq!(fixture.run(ledger.submission("s-2")).await, None);
    assert_eq!(fixture.run(ledger.document("b")).await, None);
    assert!(fixture.run(ledger.history("b")).await.is_empty());
}

#[tokio::test]
async fn a_submission_shows_its_documents_in_order_and_a_version_that_every_change_changes() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    let mut new = submission("s", "schüler\n{1}", &["z", "a", "m"]);
    new.title = "Menü – 日本語 (final) \"\\ \u{0}".into();
    new.name_of_owner = None;
    new.documents[0].facts = json!({ "1": [], "2": { "deep": [[], {}, null, 1e300] } })
        .as_object()
        .cloned()
        .unwrap();
    fixture.run(ledger.create_submission(&new)).await;

    let record = fixture.run(ledger.submission("s")).await.unwrap();
    assert_eq!(
        (&record.title, &record.owner, &record.name_of_owner),
        (&new.title, &new.owner, &None)
    );
    let documents: Vec<_> = record.documents.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(documents, ["z", "a", "m"]);
    assert_eq!(record.documents[0].facts, new.documents[0].facts);
    assert!(
        record
            .documents
            .iter()
            .all(|document| document.state == State::AwaitingUpload)
    );

    let mut versions = BTreeSet::from([record.version]);
    fixture
        .run(ledger.advance("m", &support::uploaded(ledger::Enqueue::now(TRANSFER, "{}"))))
        .await;
    let version = async || fixture.run(ledger.submission("s")).await.unwrap().version;
    assert!(versions.insert(version().await));
    let item = fixture.receive_one(TRANSFER).await;
    assert!(versions.insert(version().await));
    fixture
        .run(ledger.wait(TRANSFER, "m", item.receipt, &in_review("r")))
        .await;
    assert!(versions.insert(version().await));
    assert!(!versions.insert(version().await), "reading changes nothing");
}

#[tokio::test]
async fn facts_come_back_as_they_were_and_each_step_can_patch_them() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    let patch = |facts: serde_json::Value| facts.as_object().cloned();
    fixture.announce("d").await;
    let mut upload = support::uploaded(ledger::Enqueue::now(TRANSFER, "{}"));
    upload.facts_patch = patch(json!({ "size": 9_007_199_254_740_993_u64, "roles": [], "sha256": null }));
    fixture.run(ledger.advance("d", &upload)).await;
    let item = fixture.receive_one(TRANSFER).await;
    let expected = patch(json!({ "size": 9_007_199_254_740_993_u64, "roles": [], "kind": "lesson-plan" }));
    assert_eq!(
        Some(item.facts),
        expected,
        "neither rounded nor turned into an object, and nulls are no facts"
    );

    let mut wait = in_review("r-1");
    wait.facts_patch = patch(json!({ "size": null, "requested": true }));
    fixture.run(ledger.wait(TRANSFER, "d", item.receipt, &wait)).await;
    let facts = fixture.document("d").await.facts;
    assert_eq!(
        Some(facts),
        patch(json!({ "kind": "lesson-plan", "roles": [], "requested": true }))
    );

    fixture
        .run(ledger.record_callback("d", &support::callback("w-1", "r-1")))
        .await;
    let item = fixture.receive_one(VERIFY).await;
    let mut complete = support::onward(State::Normalizing, NORMALIZE);
    complete.facts_patch = patch(json!({ "roles": ["text"] }));
    fixture.run(ledger.complete(VERIFY, "d", item.receipt, &complete)).await;
    let facts = fixture.document("d").await.facts;
    assert_eq!(
        Some(facts),
        patch(json!({ "kind": "lesson-plan", "roles": ["text"], "requested": true }))
    );
}

#[tokio::test]
async fn submissions_are_listed_newest_first_page_by_page() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    for number in [3, 1, 5, 2, 4] {
        fixture
            .run(ledger.create_submission(&submission(&format!("s-{number}"), "teacher-1", &[])))
            .await;
    }
    fixture
        .run(ledger.create_submission(&submission("s-9", "teacher-2", &[])))
        .await;

    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = fixture.run(ledger.submissions("teacher-1", after.as_deref(), 2)).await;
        pages.push(
            page.items
                .into_iter()
                .map(|submission| submission.id)
                .collect::<Vec<_>>(),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec!["s-5", "s-4"], vec!["s-3", "s-2"], vec!["s-1"]]);
    assert!(
        fixture
            .run(ledger.submissions("nobody", None, 2))
            .await
            .items
            .is_empty()
    );
}

/// Many dead letters of the same millisecond are the hard case for a cursor; one that is redriven between two pages is
/// another.
#[tokio::test]
async fn every_dead_letter_is_on_one_page() {
    let mut fixture = Fixture::start().await;
    let ids: Vec<String> = (0..25).map(|number| format!("d-{number:02}")).collect();
    for id in &ids {
        fixture.upload(id).await;
    }
    fixture.receive_all().await;
    fixture.pass(MINUTE + SECOND);
    let mut crash = support::receive(100);
    crash.max_receives = 1;
    let received = fixture.run(fixture.ledger.receive(TRANSFER, &crash)).await;
    assert!(
        received.items.is_empty() && received.due == 0,
        "one script buried them all: {received:?}"
    );

    let ledger = &fixture.ledger;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = fixture
            .run(ledger.dead_letters(&queue(TRANSFER), after.as_deref(), 4))
            .await;
        assert!(page.items.len() == 4 || page.next.is_none());
        seen.extend(page.items.into_iter().map(|letter| letter.document));
        // The document of the cursor may be a dead letter still, or not.
        if seen.len() % 8 == 0 {
            fixture
                .run(ledger.redrive(TRANSFER, seen.last().unwrap(), "operator-1", &Redrive::Again))
                .await;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<String> = ids.into_iter().rev().collect();
    assert_eq!(seen, expected);
    assert!(
        fixture
            .run(ledger.dead_letters(&queue(NORMALIZE), None, 4))
            .await
            .items
            .is_empty()
    );
    fixture
        .try_run(ledger.dead_letters(&queue(TRANSFER), Some("rubbish"), 4))
        .await
        .expect_err("no such cursor");
}

#[tokio::test]
async fn a_dead_letter_keeps_its_latest_attempts() {
    let mut fixture = Fixture::start().await;
    fixture.upload("d").await;
    for attempt in 1..=40 {
        let item = fixture.receive_one(TRANSFER).await;
        assert_eq!(item.failures, attempt - 1);
        let failure = Failure::new("refused", format!("Attempt {attempt} was refused."));
        let next = if attempt == 40 {
            Next::DeadLetter
        } else {
            Next::RetryIn(SECOND)
        };
        fixture
            .run(
                fixture
                    .ledger
                    .fail(TRANSFER, "d", item.receipt, &failed_attempt(failure, next)),
            )
            .await;
        fixture.pass(2 * SECOND);
    }
    let letter = fixture.run(fixture.ledger.dead_letter(TRANSFER, "d")).await.unwrap();
    assert_eq!((letter.failures, letter.attempts.len()), (40, 32));
    assert_eq!(letter.attempts[0].failure.message, "Attempt 9 was refused.");
    assert_eq!(letter.failure.message, "Attempt 40 was refused.");
    assert_eq!(letter.attempts.last().unwrap().receipt, 40);
    assert_eq!(fixture.run(fixture.ledger.dead_letter(NORMALIZE, "d")).await, None);
}

#[tokio::test]
async fn a_history_keeps_its_beginning_and_its_latest_thousand() {
    let fixture = Fixture::start().await;
    fixture.announce("d").await;
    for number in 0..1010 {
        let again = ledger::Advance {
            to: State::AwaitingUpload,
            event: "link-renewed",
            by: None,
            detail: Some(json!(number)),
            enqueue: None,
            ..support::uploaded(ledger::Enqueue::now(TRANSFER, "{}"))
        };
        fixture.run(fixture.ledger.advance("d", &again)).await;
    }
    let history = fixture.run(fixture.ledger.history("d")).await;
    assert_eq!(history.len(), 1001);
    assert_eq!(
        (history[0].event.as_str(), &history[1].detail),
        ("created", &Some(json!(10)))
    );
    assert_eq!(history[1000].detail, Some(json!(1009)));
}

#[tokio::test]
async fn a_queue_in_numbers() {
    let mut fixture = Fixture::start().await;
    for id in ["delayed", "waiting", "dead", "crashed", "held"] {
        fixture.upload(id).await;
    }
    let taken = fixture.receive(TRANSFER).await.items;
    fixture.upload("due").await;
    let ledger = fixture.ledger.clone();
    let failure = Failure::new("unreachable", "The third party cannot be reached.");
    for item in taken {
        let (id, receipt) = (item.document.as_str(), item.receipt);
        match id {
            "delayed" => {
                fixture
                    .run(ledger.fail(
                        TRANSFER,
                        id,
                        receipt,
                        &failed_attempt(failure.clone(), Next::RetryIn(60 * MINUTE)),
                    ))
                    .await
            }
            "waiting" => fixture.run(ledger.wait(TRANSFER, id, receipt, &in_review("r"))).await,
            "dead" => {
                fixture
                    .run(ledger.fail(
                        TRANSFER,
                        id,
                        receipt,
                        &failed_attempt(failure.clone(), Next::DeadLetter),
                    ))
                    .await
            }
            "held" => fixture.run(ledger.extend(TRANSFER, id, receipt, 60 * MINUTE)).await,
            _ => continue,
        };
    }
    fixture.pass(2 * MINUTE);
    let stats = fixture.run(fixture.ledger.queue_stats(&[TRANSFER, NORMALIZE])).await;
    let age = stats[0].oldest_due_age.expect("something is due");
    assert!(age >= 2 * MINUTE && age < 10 * MINUTE, "{age:?}");
    let expected = QueueStats {
        queue: TRANSFER.into(),
        depth: 5,
        due: 2,
        in_flight: 1,
        waiting: 1,
        delayed: 1,
        dead: 1,
        oldest_due_age: Some(age),
        limits: Limits::default(),
        paused: None,
        circuit: None,
        held_back: None,
    };
    assert_eq!(stats[0], expected);
    assert_eq!((stats[1].depth, stats[1].oldest_due_age), (0, None));
    assert!(fixture.run(fixture.ledger.queue_stats(&[])).await.is_empty());
}

fn queue(queue: &str) -> DeadLetterFilter {
    DeadLetterFilter {
        queue: Some(queue.into()),
        ..DeadLetterFilter::default()
    }
}

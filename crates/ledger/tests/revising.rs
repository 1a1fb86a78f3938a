//! What a teacher changes, and how a change is announced.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod support;

use std::time::Duration;

use ledger::{
    Complete, Created, Enqueue, Failure, Idempotency, Item, LostDocument, LostSubmission, NewDocument, Next, Receive,
    Replace, Replaced, Revised, Settled, State, Timestamp,
};
use support::{Fixture, NORMALIZE, TRANSFER, failed_attempt, in_review, receive, submission};

const WITHDRAWABLE: [State; 2] = [State::AwaitingUpload, State::Uploaded];

fn withdrawn() -> Failure {
    Failure::new("withdrawn", "You withdrew it.")
}

fn replacement(old: &str, new: &str, key: &str) -> Replace {
    Replace {
        owner: "teacher-1".into(),
        submission: format!("s-{old}"),
        document: old.into(),
        new: NewDocument {
            id: new.into(),
            facts: serde_json::Map::from_iter([("size".to_owned(), 7.into())]),
        },
        idempotency: Some(Idempotency {
            key: key.into(),
            fingerprint: new.into(),
        }),
    }
}

/// A document that a worker is normalizing: since when its evaluators are assigned, and the worker's receipt.
async fn normalizing(fixture: &Fixture, id: &str) -> (Timestamp, u64) {
    let at = Timestamp::from_milliseconds(1_764_000_000_000);
    let lost = LostSubmission {
        id: format!("s-{id}"),
        owner: "teacher-1".into(),
        title: "Photosynthesis".into(),
        name_of_owner: None,
        evaluators: "all".into(),
        assigned_at: at,
        created_at: at,
        withdrawn_at: None,
        keep_for: None,
        documents: vec![LostDocument {
            id: id.into(),
            facts: ledger::Facts::new(),
            state: State::Normalizing,
            enqueue: Some(Enqueue::now(NORMALIZE, "{}")),
            failure: None,
        }],
    };
    fixture.run(fixture.ledger.restore(&lost, "op")).await;
    let item = take(fixture).await;
    assert_eq!((item.evaluators.as_str(), item.assigned_at), ("all", at));
    (at, item.receipt)
}

/// The one document that is to be normalized, as the worker takes it.
async fn take(fixture: &Fixture) -> Item {
    let receive = Receive {
        entering: Some(State::Normalizing),
        ..receive(10)
    };
    let received = fixture.run(fixture.ledger.receive(NORMALIZE, &receive)).await;
    received.items.into_iter().next().expect("it is due")
}

fn ready() -> Complete {
    Complete {
        to: State::Ready,
        event: "normalized",
        detail: None,
        handoff: None,
        facts_patch: None,
    }
}

#[tokio::test]
async fn what_is_withdrawn_is_in_no_queue_any_more() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    let ledger = &fixture.ledger;
    for _ in 0..2 {
        let revised = fixture.run(ledger.withdraw("s-d", &WITHDRAWABLE, &withdrawn())).await;
        assert_eq!(revised, Revised::Done);
    }
    let document = fixture.document("d").await;
    assert_eq!((document.state, document.item), (State::Failed, None));
    assert_eq!(fixture.receive(TRANSFER).await.items.len(), 0);
    assert_eq!(fixture.alarm(TRANSFER).await, None, "an empty queue has no alarm");
    assert_eq!(fixture.events("d").await, ["created", "uploaded", "withdrawn"]);
    assert!(
        fixture
            .run(ledger.submission("s-d"))
            .await
            .unwrap()
            .withdrawn_at
            .is_some()
    );
    assert_eq!(
        fixture.run(ledger.withdraw("s-x", &WITHDRAWABLE, &withdrawn())).await,
        Revised::Unknown
    );

    // Somebody has it already.
    fixture.upload("e").await;
    fixture.receive_one(TRANSFER).await;
    let revised = fixture.run(ledger.withdraw("s-e", &WITHDRAWABLE, &withdrawn())).await;
    assert_eq!(revised, Revised::Refused(State::Transferring));
    assert_eq!(fixture.document("e").await.state, State::Transferring);
}

#[tokio::test]
async fn whoever_is_normalizing_begins_anew_when_evaluators_change() {
    let fixture = Fixture::start().await;
    let ledger = &fixture.ledger;
    assert_eq!(fixture.run(ledger.assign("s-x", "[]", "op")).await, None);

    let (before, receipt) = normalizing(&fixture, "d").await;
    for _ in 0..2 {
        let assigned = fixture.run(ledger.assign("s-d", r#"["eve"]"#, "op")).await.unwrap();
        assert!(assigned.ready.is_empty());
    }
    // The worker that had it writes what it had read, and is told that this was not the last word.
    let settled = fixture.run(ledger.complete(NORMALIZE, "d", receipt, &ready())).await;
    assert!(
        matches!(
            settled,
            Settled::Stale {
                state: State::Normalizing
            }
        ),
        "{settled:?}"
    );
    let again = take(&fixture).await;
    assert_eq!(again.evaluators, r#"["eve"]"#);
    assert!(again.assigned_at > before, "what is written now is written for later");
    assert_eq!(again.failures, 0);
    fixture
        .run(ledger.complete(NORMALIZE, "d", again.receipt, &ready()))
        .await;

    let assigned = fixture.run(ledger.assign("s-d", r#"["eve"]"#, "op")).await.unwrap();
    assert_eq!(assigned.ready, ["d"], "a request that was interrupted is made again");
    let events = fixture.events("d").await;
    assert_eq!(
        events.iter().filter(|event| *event == "assigned").count(),
        1,
        "{events:?}"
    );
}

#[tokio::test]
async fn a_dead_letter_is_replaced_once() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    let ledger = &fixture.ledger;
    let refused = Replaced::Refused(State::Uploaded);
    assert_eq!(
        fixture.run(ledger.replace_document(&replacement("d", "n", "k"))).await,
        refused
    );
    let item = fixture.receive_one(TRANSFER).await;
    let failure = Failure::new("refused", "Not this.");
    fixture
        .run(ledger.fail(TRANSFER, "d", item.receipt, &failed_attempt(failure, Next::DeadLetter)))
        .await;

    let replace = replacement("d", "n", "k");
    assert_eq!(fixture.run(ledger.replace_document(&replace)).await, Replaced::Done);
    assert_eq!(fixture.run(ledger.replace_document(&replace)).await, Replaced::Replayed);
    let other = fixture.run(ledger.replace_document(&replacement("d", "m", "k"))).await;
    assert_eq!(other, Replaced::KeyReused);
    let again = fixture.run(ledger.replace_document(&replacement("d", "m", "l"))).await;
    assert_eq!(again, Replaced::Refused(State::Failed));

    let found = fixture.run(ledger.submission("s-d")).await.unwrap();
    assert_eq!(found.documents.len(), 1);
    assert_eq!(
        (found.documents[0].id.as_str(), found.documents[0].state),
        ("n", State::AwaitingUpload)
    );
    assert_eq!(found.documents[0].facts["size"], 7);
    let old = fixture.document("d").await;
    assert_eq!(
        (old.state, old.dead_letter),
        (State::Failed, None),
        "its history is kept, its item is not"
    );
}

#[tokio::test]
async fn a_title_changes_until_others_know_it() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    let ledger = &fixture.ledger;
    let facts = serde_json::Map::from_iter([("title".to_owned(), "New".into())]);
    let rename = |unless: &[State]| ledger.rename("s-d", "New", &facts, unless);
    assert_eq!(fixture.run(rename(&[State::Ready])).await, Revised::Done);
    let events = fixture.events("d").await;
    assert_eq!(fixture.run(rename(&[State::Ready])).await, Revised::Done);
    assert_eq!(fixture.events("d").await, events, "the second time changes nothing");
    let item = fixture.receive_one(TRANSFER).await;
    assert_eq!((item.title.as_str(), &item.facts["title"]), ("New", &"New".into()));
    let refused = fixture.run(rename(&[State::Transferring])).await;
    assert_eq!(refused, Revised::Refused(State::Transferring));
}

#[tokio::test]
async fn as_many_submissions_as_one_may_have_in_a_day() {
    let fixture = Fixture::start().await;
    let id = |at: u64, number: u64| {
        let hexadecimal = format!("{at:012x}");
        format!("{}-{}-7000-8000-{number:012x}", &hexadecimal[..8], &hexadecimal[8..])
    };
    let [seconds, _]: [u64; 2] = fixture.redis("TIME", &[]).await;
    let (now, day) = (seconds * 1000, 24 * 3600 * 1000);
    let create = async |at: u64, number: u64| {
        let mut new = submission(&id(at, number), "teacher-1", &[&format!("d-{number}")]);
        new.most_per_day = Some(2);
        fixture.run(fixture.ledger.create_submission(&new)).await
    };
    assert_eq!(create(now - 2 * day, 1).await, Created::New);
    assert_eq!(create(now - day - 60_000, 2).await, Created::New);
    assert_eq!(create(now - day + 60_000, 3).await, Created::New);
    assert_eq!(create(now, 4).await, Created::New);
    assert_eq!(create(now, 5).await, Created::TooMany);
    assert_eq!(
        create(now, 4).await,
        Created::Replayed(id(now, 4)),
        "what exists is not refused"
    );
}

#[tokio::test]
async fn who_watches_is_told_of_each_change_and_nobody_else_costs_anything() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    let ledger = &fixture.ledger;
    let key = "{dossier}:changes:s-d";
    let exists: u64 = fixture.redis("EXISTS", &[key]).await;
    assert_eq!(exists, 0, "nobody has watched");
    let wait = Duration::from_secs(20);
    assert_eq!(fixture.run(ledger.watch("s-x", wait)).await, None);
    let version = fixture.run(ledger.watch("s-d", wait)).await.unwrap();

    let waits = async |version: u64, wait: Duration| -> Option<redis::Value> {
        // A blocking command has its connection to itself.
        let client = redis::Client::open(fixture.server.address()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let (command, arguments) = ledger.changes("s-d", wait).command(version);
        let answer = redis::cmd(command)
            .arg(&arguments)
            .query_async(&mut connection)
            .await
            .unwrap();
        Some(answer).filter(|answer| *answer != redis::Value::Nil)
    };
    assert_eq!(waits(version, Duration::from_millis(50)).await, None);
    let (heard, item) = futures::future::join(waits(version, wait), fixture.receive_one(TRANSFER)).await;
    assert!(heard.is_some());
    // A change between the question and the wait is not missed.
    fixture
        .run(ledger.wait(TRANSFER, "d", item.receipt, &in_review("r")))
        .await;
    assert!(waits(version, wait).await.is_some());
    let latest = fixture.run(ledger.watch("s-d", wait)).await.unwrap();
    assert_eq!(latest, version + 2);
    assert_eq!(waits(latest, Duration::from_millis(50)).await, None);
    let entries: u64 = fixture.redis("XLEN", &[key]).await;
    assert_eq!(entries, 1);
}

//! The bell and the alarm, heard over a real subscription.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod support;

use std::time::Duration;

use futures::StreamExt;
use ledger::{EXPIRY_CHANNEL, Enqueue, Failure, Next, Rung, State};
use redis::aio::PubSub;
use support::{Fixture, MINUTE, SECOND, TRANSFER, VERIFY, callback, failed_attempt, in_review, onward, uploaded};

/// Far longer than any bell or alarm takes: nothing here measures time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The other end of the bells and alarms.
struct Ear {
    subscription: PubSub,
}

const FENCE: &str = "fence";

impl Ear {
    async fn to(fixture: &Fixture, channels: &[&str]) -> Self {
        let client = redis::Client::open(fixture.server.address()).unwrap();
        let mut subscription = client.get_async_pubsub().await.unwrap();
        subscription.subscribe(FENCE).await.unwrap();
        subscription.subscribe(channels).await.unwrap();
        Self { subscription }
    }

    /// The channels that were heard since the last time: all of them, because Redis delivers in order.
    async fn heard(&mut self, fixture: &Fixture) -> Vec<String> {
        fixture.redis::<u64>("PUBLISH", &[FENCE, "."]).await;
        let mut heard = Vec::new();
        loop {
            let channel = self.next().await.0;
            if channel == FENCE {
                return heard;
            }
            heard.push(channel);
        }
    }

    /// Waits for the next message: its channel and its content.
    async fn next(&mut self) -> (String, String) {
        let message = tokio::time::timeout(PATIENCE, self.subscription.on_message().next()).await;
        let message = message.expect("a message").expect("the connection holds");
        (message.get_channel_name().to_owned(), message.get_payload().unwrap())
    }
}

const BELLS: [&str; 2] = ["dossier:bell:transfer", "dossier:bell:verify"];

#[tokio::test]
async fn a_bell_rings_when_work_is_due_and_none_is_pending() {
    let mut fixture = Fixture::start().await;
    assert_eq!(
        [
            fixture.ledger.bell_channel(TRANSFER),
            fixture.ledger.bell_channel(VERIFY)
        ],
        BELLS
    );
    let mut ear = Ear::to(&fixture, &BELLS).await;

    fixture.upload("a").await;
    assert_eq!(ear.heard(&fixture).await, [BELLS[0]]);
    fixture.upload("b").await;
    assert!(ear.heard(&fixture).await.is_empty(), "one is pending");
    assert_eq!(fixture.receive(TRANSFER).await.items.len(), 2);
    fixture.upload("c").await;
    assert_eq!(ear.heard(&fixture).await, [BELLS[0]], "the worker has been here since");
    fixture.pass(5 * SECOND);
    fixture.upload("d").await;
    assert_eq!(
        ear.heard(&fixture).await,
        [BELLS[0]],
        "nobody came: a pending bell is believed for 5 s"
    );

    let item = fixture.receive(TRANSFER).await.items.remove(0);
    let next = onward(State::Verifying, VERIFY);
    fixture
        .run(fixture.ledger.complete(TRANSFER, &item.document, item.receipt, &next))
        .await;
    assert_eq!(
        ear.heard(&fixture).await,
        [BELLS[1]],
        "the next stage is rung, not the one whose worker is at work"
    );

    let mut later = uploaded(Enqueue::now(TRANSFER, "{}"));
    later.enqueue.as_mut().unwrap().delay = MINUTE;
    fixture.announce("e").await;
    fixture.run(fixture.ledger.advance("e", &later)).await;
    assert!(ear.heard(&fixture).await.is_empty(), "what is not due rings nobody");
}

#[tokio::test]
async fn a_bell_that_nobody_listened_to_is_not_pending() {
    let fixture = Fixture::start().await;
    fixture.upload("a").await;
    let mut ear = Ear::to(&fixture, &BELLS).await;
    fixture.upload("b").await;
    assert_eq!(ear.heard(&fixture).await, [BELLS[0]]);
}

#[tokio::test]
async fn ring_rings_whether_or_not_a_bell_is_pending_but_only_for_what_is_due() {
    let mut fixture = Fixture::start().await;
    let mut ear = Ear::to(&fixture, &BELLS).await;
    assert_eq!(
        fixture.run(fixture.ledger.ring(TRANSFER)).await,
        Rung {
            due: 0,
            next_due_in: None
        }
    );
    fixture.upload("a").await;
    assert_eq!(
        fixture.run(fixture.ledger.ring(TRANSFER)).await,
        Rung {
            due: 1,
            next_due_in: None
        }
    );
    assert_eq!(ear.heard(&fixture).await, [BELLS[0], BELLS[0]]);
    fixture.receive_one(TRANSFER).await;
    let rung = fixture.run(fixture.ledger.ring(TRANSFER)).await;
    assert!(rung.due == 0 && rung.next_due_in.unwrap() <= MINUTE, "{rung:?}");
    assert!(ear.heard(&fixture).await.is_empty());
    fixture.pass(MINUTE);
    assert_eq!(
        fixture.run(fixture.ledger.ring(TRANSFER)).await.due,
        1,
        "the lease is over"
    );
    assert_eq!(ear.heard(&fixture).await, [BELLS[0]]);
}

#[tokio::test]
async fn a_document_in_flight_is_always_in_a_queue_with_an_alarm_armed() {
    let mut fixture = Fixture::start().await;
    let minutes = |left: Option<i64>| left.unwrap() as f64 / 60_000.0;
    fixture.upload("d").await;
    let left = fixture.alarm(TRANSFER).await.unwrap();
    assert!((1..=5000).contains(&left), "a lost bell is repaired within 5 s: {left}");

    let item = fixture.receive_one(TRANSFER).await;
    let left = minutes(fixture.alarm(TRANSFER).await);
    assert!(left > 0.5 && left <= 1.0, "the lease: {left}");
    fixture
        .run(fixture.ledger.extend(TRANSFER, "d", item.receipt, 3 * MINUTE))
        .await;
    let left = minutes(fixture.alarm(TRANSFER).await);
    assert!(left > 2.5 && left <= 3.0, "the longer lease: {left}");

    let failure = Failure::new("unreachable", "The third party cannot be reached.");
    fixture
        .run(fixture.ledger.fail(
            TRANSFER,
            "d",
            item.receipt,
            &failed_attempt(failure.clone(), Next::RetryIn(10 * MINUTE)),
        ))
        .await;
    let left = minutes(fixture.alarm(TRANSFER).await);
    assert!(left > 9.5 && left <= 10.0, "the retry: {left}");
    fixture.upload("e").await;
    let left = fixture.alarm(TRANSFER).await.unwrap();
    assert!((1..=5000).contains(&left), "the earlier of the two: {left}");
    let other = fixture.receive_one(TRANSFER).await;
    fixture
        .run(
            fixture
                .ledger
                .fail(TRANSFER, "e", other.receipt, &failed_attempt(failure, Next::DeadLetter)),
        )
        .await;
    let left = minutes(fixture.alarm(TRANSFER).await);
    assert!(
        left > 9.5 && left <= 10.0,
        "what is dead needs no alarm, what is left does: {left}"
    );

    fixture.pass(10 * MINUTE);
    let item = fixture.receive_one(TRANSFER).await;
    fixture
        .run(fixture.ledger.wait(TRANSFER, "d", item.receipt, &in_review("r-1")))
        .await;
    let left = minutes(fixture.alarm(TRANSFER).await);
    assert!(left > 59.5 && left <= 60.0, "the callback's deadline: {left}");
    fixture
        .run(fixture.ledger.record_callback("d", &callback("w-1", "r-1")))
        .await;
    assert_eq!(fixture.alarm(TRANSFER).await, None);
    assert!(fixture.alarm(VERIFY).await.is_some());
}

/// Steady traffic must not put the repair of a lost bell off for ever.
#[tokio::test]
async fn an_alarm_for_what_is_due_is_never_postponed() {
    let fixture = Fixture::start().await;
    fixture.upload("a").await;
    fixture
        .redis::<bool>("PEXPIRE", &[&fixture.ledger.alarm_key(TRANSFER), "1000"])
        .await;
    fixture.upload("b").await;
    assert!(fixture.alarm(TRANSFER).await.unwrap() <= 1000);
}

/// The whole way round, in real time: nobody hears the bell, Redis lets the alarm expire and says so, and whoever hears
/// that rings again.
#[tokio::test]
async fn the_alarm_goes_off_and_repairs_a_bell_that_was_missed() {
    let fixture = Fixture::start().await;
    fixture.announce("d").await;
    let mut soon = uploaded(Enqueue::now(TRANSFER, "{}"));
    soon.enqueue.as_mut().unwrap().delay = Duration::from_millis(200);
    let mut ear = Ear::to(&fixture, &[EXPIRY_CHANNEL, BELLS[0]]).await;
    fixture.run(fixture.ledger.advance("d", &soon)).await;

    for round in ["the item becomes due", "nobody came, within 5 s"] {
        let (channel, key) = ear.next().await;
        assert_eq!(channel, EXPIRY_CHANNEL, "{round}");
        let queue = fixture.ledger.queue_of_alarm(&key).expect("an alarm of this ledger");
        assert_eq!(fixture.run(fixture.ledger.ring(queue)).await.due, 1, "{round}");
        assert_eq!(ear.next().await, (BELLS[0].to_owned(), "1".to_owned()), "{round}");
    }
    fixture.receive_one(TRANSFER).await;
}

#[test]
fn only_alarms_of_this_ledger_are_its_alarms() {
    let ledger = ledger::Ledger::new("dossier");
    assert_eq!(ledger.queue_of_alarm(&ledger.alarm_key("transfer")), Some("transfer"));
    for other in [
        "{dossier}:queue:transfer",
        "{dossier-2}:alarm:transfer",
        "dossier:alarm:transfer",
        "",
    ] {
        assert_eq!(ledger.queue_of_alarm(other), None, "{other}");
    }
}

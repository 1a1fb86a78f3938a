//! Putting back what Redis lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

#[path = "support/mod.rs"]
mod support;

use ledger::{Enqueue, Failure, LostDocument, LostSubmission, State, Timestamp};
use serde_json::json;
use support::{Fixture, NORMALIZE, TRANSFER, VERIFY};

fn lost(documents: &[(&str, State, Option<&str>)]) -> LostSubmission {
    let document = |(id, state, queue): &(&str, State, Option<&str>)| LostDocument {
        id: (*id).into(),
        facts: ledger::Facts::from_iter([("size".to_owned(), json!(3))]),
        state: *state,
        enqueue: queue.map(|queue| Enqueue::now(queue, "{}")),
        failure: (*state == State::Failed).then(|| Failure::new("withdrawn", "It was withdrawn.")),
    };
    LostSubmission {
        id: "s-1".into(),
        owner: "teacher-1".into(),
        title: "Photosynthesis".into(),
        name_of_owner: None,
        evaluators: "all".into(),
        assigned_at: Timestamp::from_milliseconds(1_764_000_000_000),
        created_at: Timestamp::from_milliseconds(1_764_000_000_000),
        withdrawn_at: None,
        keep_for: None,
        documents: documents.iter().map(document).collect(),
    }
}

#[tokio::test]
async fn a_submission_that_was_lost_goes_on_where_it_was() {
    let fixture = Fixture::start().await;
    let lost = lost(&[
        ("announced", State::AwaitingUpload, None),
        ("queued", State::Uploaded, Some(TRANSFER)),
        ("returned", State::Verifying, Some(VERIFY)),
        ("verified", State::Normalizing, Some(NORMALIZE)),
        ("done", State::Ready, None),
        ("gone", State::Failed, None),
    ]);
    let restored = fixture.run(fixture.ledger.restore(&lost, "operator-1")).await.restored;
    assert_eq!(restored.len(), 6);
    let submission = fixture.run(fixture.ledger.submission("s-1")).await.expect("it is back");
    assert_eq!(submission.created_at, lost.created_at);
    for (found, document) in submission.documents.iter().zip(&lost.documents) {
        assert_eq!((&found.id, found.state), (&document.id, document.state));
        assert_eq!(found.facts, document.facts);
        assert_eq!(found.item.is_some(), found.state.is_in_flight());
    }
    for (queue, document) in [(TRANSFER, "queued"), (VERIFY, "returned"), (NORMALIZE, "verified")] {
        let item = fixture.receive_one(queue).await;
        assert_eq!(item.document, document);
        assert!(item.round > 0, "the third party is asked anew");
    }
    let page = fixture.run(fixture.ledger.submissions("teacher-1", None, 10)).await;
    assert_eq!(page.items.len(), 1, "its owner finds it");
    assert_eq!(page.items[0].evaluators, "all");
    assert_eq!(
        page.items[0].assigned_at, lost.assigned_at,
        "what is written for it is no news"
    );
}

#[tokio::test]
async fn what_is_there_is_left_as_it_is() {
    let fixture = Fixture::start().await;
    fixture.upload("d").await;
    fixture.receive_one(TRANSFER).await;
    let before = fixture.document("d").await;
    let mut lost = lost(&[("d", State::Ready, None), ("e", State::Uploaded, Some(TRANSFER))]);
    lost.id = "s-d".into();
    for restored in [vec!["e".to_owned()], Vec::new()] {
        assert_eq!(
            fixture.run(fixture.ledger.restore(&lost, "operator-1")).await.restored,
            restored
        );
    }
    assert_eq!(fixture.document("d").await.state, before.state);
}

#[tokio::test]
async fn nothing_is_restored_that_would_be_in_no_queue() {
    let fixture = Fixture::start().await;
    for wrong in [
        lost(&[("a", State::Ready, None), ("b", State::Verifying, None)]),
        lost(&[("a", State::Ready, Some(TRANSFER))]),
    ] {
        assert!(
            fixture
                .try_run(fixture.ledger.restore(&wrong, "operator-1"))
                .await
                .is_err()
        );
        assert!(
            fixture.run(fixture.ledger.submission("s-1")).await.is_none(),
            "nothing is half done"
        );
    }
}

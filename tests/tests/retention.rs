//! Submissions are deleted when their time is over, or at once when somebody asks for it: files, rows and history.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::{Rig, eventually};
use reqwest::StatusCode;
use serde_json::{Value, json};

const PLAN: &[u8] = b"Photosynthesis is how plants makes sugar out of light.\n";

/// The keys of everything in the bucket that belongs to a submission.
async fn objects(rig: &Rig, submission: &str) -> Vec<String> {
    rig.keys(&format!("submissions/{submission}/")).await
}

async fn receipt(rig: &Rig, submission: &str) -> Value {
    let path = format!("/v1/erasures/{submission}");
    eventually("the submission is deleted", async || {
        let answer = rig.operator.get(&path).await;
        let receipt = (answer.status == StatusCode::OK).then(|| answer.json())?;
        receipt.get("erased_at").is_some().then_some(receipt)
    })
    .await
}

/// Nothing answers for it any more.
async fn is_gone(rig: &Rig, submission: &str, document: &str) {
    for (caller, path) in [
        (&rig.teacher, format!("/v1/submissions/{submission}")),
        (&rig.evaluator, format!("/v1/catalog/submissions/{submission}")),
        (&rig.evaluator, format!("/v1/catalog/documents/{document}")),
        (&rig.operator, format!("/v1/documents/{document}/history")),
    ] {
        assert_eq!(caller.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(objects(rig, submission).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_deleted_when_its_time_is_over() {
    // Three seconds, in days.
    let rig = Rig::with(|options, _| {
        let days = (3.0 / 86_400.0).to_string();
        options.variables.insert("retention_days".into(), days);
    })
    .await;
    let (submission, document) = rig.hand_in("plan.txt", "text/plain", PLAN.to_vec()).await;
    let receipt = receipt(&rig, &submission).await;
    assert_eq!(receipt["by"], "retention", "{receipt:#}");
    assert_eq!(receipt["rows"], 1, "{receipt:#}");
    assert!(receipt["objects"].as_u64().unwrap() >= 5, "{receipt:#}");
    assert!(receipt["bytes"].as_u64().unwrap() >= PLAN.len() as u64);
    is_gone(&rig, &submission, &document).await;
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_deleted_at_once_wherever_it_is() {
    let rig = Rig::start().await;
    let (kept, _) = rig.hand_in("plan.txt", "text/plain", PLAN.to_vec()).await;
    let (ready, document) = rig.hand_in("plan.txt", "text/plain", PLAN.to_vec()).await;
    for submission in [&kept, &ready] {
        assert_eq!(rig.settled(submission).await["state"], "ready");
    }
    rig.misbehave(&json!([{ "do": "callback-never" }])).await;
    let (in_review, reviewed) = rig.hand_in("plan.txt", "text/plain", PLAN.to_vec()).await;
    eventually("the third party has it", async || {
        (rig.document(&in_review).await["state"] == "in-review").then_some(())
    })
    .await;

    for (body, status) in [
        (json!({ "submission": ready }), StatusCode::BAD_REQUEST),
        (json!({ "submission": ready, "reason": " " }), StatusCode::BAD_REQUEST),
        (
            json!({ "submission": "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e10", "reason": "A slip." }),
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(rig.operator.post("/v1/erasures", &body).await.status, status, "{body}");
    }
    let path = format!("/v1/erasures/{ready}");
    assert_eq!(
        rig.operator.get(&path).await.status,
        StatusCode::NOT_FOUND,
        "nobody has asked for it yet"
    );
    for (submission, document) in [(&ready, &document), (&in_review, &reviewed)] {
        let wanted = json!({ "submission": submission, "reason": "The school asked for it." });
        let answer = rig.operator.post("/v1/erasures", &wanted).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(answer.header("location").unwrap(), format!("/v1/erasures/{submission}"));
        let receipt = receipt(&rig, submission).await;
        assert_eq!(receipt["reason"], "The school asked for it.");
        is_gone(&rig, submission, document).await;
        // The third party's late callback, and pressing twice, change nothing.
        assert_eq!(rig.operator.post("/v1/erasures", &wanted).await.json(), receipt);
    }
    // A rebuild finds nothing of it, and everything of the others.
    let rebuilt = rig.operator.post("/v1/rebuild", &json!({})).await.json();
    assert_eq!(
        (&rebuilt["submissions"], &rebuilt["restored"]),
        (&json!(1), &json!(0)),
        "{rebuilt:#}"
    );
    assert_eq!(rig.document(&kept).await["state"], "ready");
    rig.end().await;
}

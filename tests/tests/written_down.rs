//! What components write down: enough to follow a document and to say who saw it, and nothing that is secret.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::collections::BTreeSet;
use std::fs;

use end_to_end::{Rig, eventually};
use reqwest::Method;
use serde_json::{Value, json};

const PLAN: &[u8] = b"Photosynthesis is how plants makes sugar out of light.\n";

/// Every line that any component has printed.
fn lines(rig: &Rig) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(rig.folder().join("data/logs")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        lines.extend(text.lines().map(ToOwned::to_owned));
    }
    lines
}

fn events(rig: &Rig) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines(rig).iter().map(parse).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_can_be_followed_and_nothing_secret_is_written_down() {
    let rig = Rig::start().await;
    for misbehaviour in [
        "refuse",
        "too-many-requests",
        "internal-error",
        "rubbish",
        "redirect",
        "callback-twice",
        "callback-wrong-signature",
        "callback-old-timestamp",
        "callback-for-another",
        "file-wrong-hash",
        "file-missing",
        "file-broken-off",
    ] {
        rig.misbehave(&json!([{ "do": misbehaviour, "times": 1 }])).await;
        let (submission, _) = rig.hand_in("plan.txt", "text/plain", PLAN.to_vec()).await;
        rig.settled(&submission).await;
    }
    rig.misbehave(&json!([])).await;
    let (submission, document) = rig.hand_in("plan.txt", "text/plain", PLAN.to_vec()).await;
    assert_eq!(rig.settled(&submission).await["state"], "ready");
    rig.normalized(&document).await;
    let announced = rig.announce("plan.txt", "text/plain", PLAN.len()).await;
    let (id, of) = (&announced["id"], &announced["documents"][0]["id"]);
    let path = format!(
        "/v1/submissions/{}/documents/{}/upload-url",
        id.as_str().unwrap(),
        of.as_str().unwrap()
    );
    rig.teacher.post(&path, &json!({})).await;
    let link = format!("/v1/catalog/documents/{document}/files/source");
    let link = rig.evaluator.get(&link).await.header("location").unwrap().to_owned();
    // Whoever must not be answered has something in hand that must not be written down, either.
    let forged = rig
        .teacher
        .with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZWFjaGVyLTEifQ.c2VjcmV0");
    forged.get("/v1/submissions").await;
    let headers = [("authorization", "Bearer not-the-buckets-own-token")];
    rig.stranger
        .send(Method::POST, "/v1/notifications/bucket", &headers, b"{}".to_vec())
        .await;
    rig.operator.get(&format!("/v1/documents/{document}/history")).await;
    let pause = json!({ "reason": "maintenance" });
    rig.operator.post("/v1/queues/transfer/pause", &pause).await;
    rig.operator.post("/v1/queues/transfer/resume", &json!({})).await;

    // Without the bucket, errors quote the requests that failed.
    rig.stack.bucket().set_unavailable(true);
    rig.teacher
        .post(
            "/v1/submissions",
            &json!({ "title": "T", "documents": [
        { "name": "a.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 1 } ] }),
        )
        .await;
    rig.stack.bucket().set_unavailable(false);

    let events = eventually("everything is written down", async || {
        let events = events(&rig);
        events
            .iter()
            .any(|event| event["event"] == "queue-resumed")
            .then_some(events)
    })
    .await;
    assert!(
        events.iter().all(|event| event["event"].is_string()),
        "every line has an event"
    );

    assert_can_be_followed(&events, &document);
    assert_are_audited(&events);
    let (_, signature) = link.split_once("X-Amz-Signature=").unwrap();
    assert_nothing_secret(&rig, signature);
    rig.end().await;
}

/// A document's way is one trace, through every component that worked on it.
fn assert_can_be_followed(events: &[Value], document: &str) {
    let of_document = |event: &&Value| event["document"] == document;
    let way: Vec<_> = events.iter().filter(of_document).collect();
    let traces: BTreeSet<_> = way.iter().filter_map(|event| event["trace_id"].as_str()).collect();
    assert_eq!(traces.len(), 1, "{way:#?}");
    for (event, queue) in [
        ("uploaded", None),
        ("waiting", Some("transfer")),
        ("callback-received", Some("transfer")),
        ("completed", Some("verify")),
        ("completed", Some("normalize")),
    ] {
        let is = |line: &&&Value| line["event"] == event && line["queue"].as_str() == queue;
        assert_eq!(way.iter().filter(is).count(), 1, "{event} in {queue:?}: {way:#?}");
    }
    let failed = events.iter().filter(|event| event["event"] == "attempt-failed");
    assert!(failed.clone().count() >= 6);
    assert!(
        failed
            .clone()
            .all(|event| event["attempt"].is_u64() && event["reason"].is_string())
    );
}

/// Who saw it, and what operators did.
fn assert_are_audited(events: &[Value]) {
    for (event, by) in [
        ("submission-created", "teacher"),
        ("upload-signed", "teacher"),
        ("document-read", "evaluator"),
        ("file-linked", "evaluator"),
        ("history-read", "operator"),
        ("queue-paused", "operator"),
        ("queue-resumed", "operator"),
    ] {
        let is = |line: &&Value| line["event"] == event && line["audit"] == true && line["by"] == by;
        assert!(events.iter().any(|line| is(&line)), "{event} by {by}: {events:#?}");
    }
}

fn assert_nothing_secret(rig: &Rig, signature: &str) {
    let secrets = rig.stack.secrets();
    let tokens = rig.stack.tokens();
    let lines = lines(rig).join("\n");
    for secret in [
        secrets.bucket_secret_key.as_str(),
        &secrets.notification_token,
        &secrets.vendor_token,
        &secrets.webhook_secret,
        secrets.webhook_secret.trim_start_matches("whsec_"),
        &tokens.teacher,
        &tokens.evaluator,
        &tokens.operator,
        "c2VjcmV0",
        "not-the-buckets-own-token",
        signature,
        "X-Amz-",
        "plants makes sugar",
        "Bearer",
    ] {
        let found = lines.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
}

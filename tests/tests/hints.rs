//! Notifications and callbacks that nobody should believe.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use end_to_end::{Rig, eventually, policy};
use reqwest::{Method, StatusCode};
use serde_json::json;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_only_a_hint() {
    let rig = Rig::start().await;
    let token = rig.stack.secrets().notification_token.clone();
    let bucket = rig.stranger.with_token(&token);
    let notification = |key: &str| json!({ "EventName": "s3:ObjectCreated:Put", "Records": [{ "eventName": "s3:ObjectCreated:Put", "s3": { "bucket": { "name": "dossier" }, "object": { "key": key, "size": 5 } } }] });
    let path = "/v1/notifications/bucket";

    assert_eq!(
        rig.stranger.post(path, &notification("x")).await.problem(),
        "missing-token"
    );
    assert_eq!(
        rig.teacher.post(path, &notification("x")).await.problem(),
        "invalid-token"
    );
    assert_eq!(
        bucket.send(Method::POST, path, &[JSON], b"{}".to_vec()).await.problem(),
        "invalid-notification"
    );
    assert_eq!(
        bucket
            .send(Method::POST, path, &[JSON], vec![b'a'; 300 * 1024])
            .await
            .problem(),
        "payload-too-large"
    );
    let foreign = [
        "somebody/elses.txt",
        "submissions/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e10/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11/original",
        "submissions/..%2F..%2Fetc/original",
    ];
    for key in foreign {
        assert_eq!(
            bucket.post(path, &notification(key)).await.status,
            StatusCode::OK,
            "{key}"
        );
    }

    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let (id, document) = (
        submission["id"].as_str().unwrap(),
        submission["documents"][0]["id"].as_str().unwrap(),
    );
    let key = format!("submissions/{id}/{document}/original");
    let early = bucket.post(path, &notification(&key)).await;
    assert_eq!(
        early.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "the bucket is to say it again when the object is there"
    );
    assert!(early.header("retry-after").is_some());

    rig.put(&submission["documents"][0]["upload"], b"hello".to_vec()).await;
    let hint = notification(&key);
    let requests = (0..10).map(|_| bucket.post(path, &hint));
    for answer in futures::future::join_all(requests).await {
        assert_eq!(answer.json(), json!({ "uploads": 1, "foreign": 0, "other": 0 }));
    }
    assert_eq!(rig.settled(id).await["state"], "ready");
    let asked = rig
        .vendor_log()
        .await
        .iter()
        .filter(|entry| entry["event"] == "request")
        .count();
    assert_eq!(asked, 1, "ten notifications and the bucket's own are one upload");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_is_forged_old_replayed_or_about_nothing_changes_nothing() {
    let impatient = ("transfer_policy".to_owned(), policy(6, Some(3)));
    let rig = Rig::with(|options, _| options.variables.extend([impatient])).await;
    rig.misbehave(&json!([{ "do": "callback-never" }])).await;
    let (submission, document) = rig.hand_in("plan.txt", "text/plain", b"hello".to_vec()).await;
    eventually("the document is in review", async || {
        (rig.document(&submission).await["state"] == "in-review").then_some(())
    })
    .await;

    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let callback = |reference: &str, review: &str| {
        json!({ "type": "review.failed", "timestamp": "2026-11-24T08:00:00Z", "data": { "id": review, "reference": reference,
            "completed_at": "2026-11-24T08:00:00Z", "error": { "code": "internal", "message": "Forged." }, "files": [] } }).to_string()
    };
    let secret = rig.stack.secrets().webhook_secret.clone();
    let wrong = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let genuine = callback(&document, "rev_unknown");
    let unknown = callback("0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11", "rev_1");
    let cases: [(&str, &str, i64, &str, u16); 8] = [
        ("another secret", wrong, now, &genuine, 401),
        ("an hour ago", &secret, now - 3600, &genuine, 401),
        ("in an hour", &secret, now + 3600, &genuine, 401),
        ("an unknown document", &secret, now, &unknown, 410),
        ("another review", &secret, now, &genuine, 204),
        ("another review, replayed", &secret, now, &genuine, 204),
        ("not what is documented", &secret, now, "{}", 400),
        ("not JSON", &secret, now, "hello", 400),
    ];
    for (name, secret, timestamp, body, status) in cases {
        let answer = call_back(&rig, secret, timestamp, body).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
    }
    let unsigned = rig
        .stranger
        .send(Method::POST, "/v1/callbacks/review", &[JSON], genuine.clone().into())
        .await;
    assert_eq!(unsigned.problem(), "signature-invalid");
    let nobody = rig
        .stranger
        .send(Method::POST, "/v1/callbacks/nobody", &[JSON], genuine.into())
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);

    assert_eq!(rig.document(&submission).await["state"], "in-review");
    // The deadline passes, the third party is asked again, and now it calls back.
    rig.misbehave(&json!([])).await;
    assert_eq!(rig.settled(&submission).await["state"], "ready");
    // For a document that is finished, even a correct callback changes nothing.
    let review = rig
        .vendor_log()
        .await
        .iter()
        .find_map(|entry| entry["review"].as_str().map(ToOwned::to_owned))
        .unwrap();
    let late = call_back(&rig, &secret, now, &callback(&document, &review)).await;
    assert_eq!(late.status, StatusCode::NO_CONTENT);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(rig.document(&submission).await["state"], "ready");
    rig.end().await;
}

async fn call_back(rig: &Rig, secret: &str, timestamp: i64, body: &str) -> end_to_end::Answer {
    let id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
    let signature = standardwebhooks::Webhook::new(secret)
        .unwrap()
        .sign(id, timestamp, body.as_bytes())
        .unwrap();
    let timestamp = timestamp.to_string();
    let headers = [
        JSON,
        ("webhook-id", id),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signature),
    ];
    rig.stranger
        .send(Method::POST, "/v1/callbacks/review", &headers, body.into())
        .await
}

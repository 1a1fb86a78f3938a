//! What nobody should send, and the clear error that it gets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dev_stack::keys::Caller as Claims;
use end_to_end::{Rig, eventually, policy};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_may_not_is_told_why() {
    let rig = Rig::start().await;
    let declaration = json!({ "title": "T", "documents": [{ "name": "a.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 1 }] });
    let submission = rig.teacher.post("/v1/submissions", &declaration).await.json();
    let path = format!("/v1/submissions/{}", submission["id"].as_str().unwrap());

    let keys = rig.stack.keys();
    let colleague = rig
        .teacher
        .with_token(&keys.token(&Claims::new("somebody-else", "B", "submit")).unwrap());
    let expired = Claims {
        seconds: -3600,
        ..Claims::new("teacher", "A", "submit")
    };
    let expired = rig.teacher.with_token(&keys.token(&expired).unwrap());
    let forged = rig.teacher.with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZWFjaGVyIn0.");

    let cases = [
        (&rig.stranger, path.as_str(), 401, "missing-token"),
        (&expired, &path, 401, "expired-token"),
        (&forged, &path, 401, "invalid-token"),
        (&rig.evaluator, &path, 403, "insufficient-scope"),
        (&rig.operator, &path, 403, "insufficient-scope"),
        (&colleague, &path, 404, "not-found"),
        (
            &rig.teacher,
            "/v1/submissions/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11",
            404,
            "not-found",
        ),
        (&rig.teacher, "/v1/submissions/no-id", 404, "not-found"),
        (&rig.teacher, "/v1/catalog/submissions", 403, "insufficient-scope"),
        (&rig.teacher, "/v1/queues", 403, "insufficient-scope"),
        (&rig.evaluator, "/v1/queues", 403, "insufficient-scope"),
        (&rig.stranger, "/v1/queues", 401, "missing-token"),
        (&rig.stranger, "/v1/catalog/submissions", 401, "missing-token"),
        (
            &rig.evaluator,
            "/v1/catalog/documents/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11",
            404,
            "not-found",
        ),
        (&rig.teacher, "/v1/submissions?limit=0", 400, "invalid-parameter"),
        (&rig.teacher, "/v1/submissions?after=!", 400, "invalid-parameter"),
        (&rig.operator, "/v1/dead-letters?queue=none", 400, "invalid-parameter"),
        (&rig.stranger, "/v1/nothing", 404, "not-found"),
    ];
    for (caller, path, status, problem) in cases {
        let answer = caller.get(path).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{path}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(answer.problem(), problem, "{path}");
        assert_eq!(
            answer.header("www-authenticate").is_some(),
            status == 401 || status == 403,
            "{path}"
        );
    }
    let colleague_uploads = colleague
        .send(
            Method::POST,
            &format!(
                "{path}/documents/{}/uploaded",
                submission["documents"][0]["id"].as_str().unwrap()
            ),
            &[],
            Vec::new(),
        )
        .await;
    assert_eq!(colleague_uploads.status, StatusCode::NOT_FOUND);
    rig.end().await;
}

/// What is sent, and the status, the problem and the JSON Pointer that it must get.
fn faulty_declarations() -> [(String, u16, &'static str, &'static str); 12] {
    let document = |change: Value| {
        let mut document = json!({ "name": "a.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 1 });
        document
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        json!({ "title": "T", "documents": [document] }).to_string()
    };
    [
        ("not JSON".into(), 400, "invalid-json", ""),
        ("[]".into(), 422, "invalid-declaration", ""),
        ("{}".into(), 422, "invalid-declaration", ""),
        (
            json!({ "title": "T", "documents": [] }).to_string(),
            422,
            "invalid-declaration",
            "/documents",
        ),
        (
            document(json!({ "size": 0 })),
            422,
            "invalid-declaration",
            "/documents/0/size",
        ),
        (
            document(json!({ "size": -1 })),
            422,
            "invalid-declaration",
            "/documents/0/size",
        ),
        (
            document(json!({ "size": 1_u64 << 40 })),
            422,
            "invalid-declaration",
            "/documents/0/size",
        ),
        (
            document(json!({ "media_type": "image/png" })),
            422,
            "invalid-declaration",
            "/documents/0/media_type",
        ),
        (
            document(json!({ "media_type": "video/mp4" })),
            422,
            "invalid-declaration",
            "/documents/0/media_type",
        ),
        (
            document(json!({ "name": "a\u{0}b" })),
            422,
            "invalid-declaration",
            "/documents/0/name",
        ),
        (
            document(json!({ "name": "x".repeat(300) })),
            422,
            "invalid-declaration",
            "/documents/0/name",
        ),
        (
            document(json!({ "sha256": "abc" })),
            422,
            "invalid-declaration",
            "/documents/0/sha256",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_with_faults_creates_nothing_and_names_them_all() {
    let rig = Rig::start().await;
    for (body, status, problem, pointer) in faulty_declarations() {
        let answer = rig
            .teacher
            .send(Method::POST, "/v1/submissions", &[JSON], body.clone().into())
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (status, problem),
            "{body}"
        );
        if !pointer.is_empty() {
            let errors = answer.json()["errors"].clone();
            assert!(
                errors
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|error| error["pointer"] == pointer),
                "{body}: {errors}"
            );
        }
    }
    let as_text = rig
        .teacher
        .send(
            Method::POST,
            "/v1/submissions",
            &[("content-type", "text/plain")],
            b"{}".to_vec(),
        )
        .await;
    assert_eq!(as_text.problem(), "unsupported-media-type");
    let huge = rig
        .teacher
        .send(Method::POST, "/v1/submissions", &[JSON], vec![b' '; 300 * 1024])
        .await;
    assert_eq!(huge.problem(), "payload-too-large");
    let deleted = rig
        .teacher
        .send(Method::DELETE, "/v1/submissions", &[], Vec::new())
        .await;
    assert_eq!(
        (deleted.problem().as_str(), deleted.header("allow")),
        ("method-not-allowed", Some("GET, POST"))
    );
    assert_eq!(rig.teacher.get("/v1/submissions").await.json()["items"], json!([]));
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_twice_under_one_key_creates_one_submission() {
    let rig = Rig::start().await;
    let body = json!({ "title": "T", "documents": [{ "name": "a.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 1 }] }).to_string();
    let headers = [JSON, ("idempotency-key", "4f1c")];
    let first = rig
        .teacher
        .send(Method::POST, "/v1/submissions", &headers, body.clone().into())
        .await;
    let second = rig
        .teacher
        .send(Method::POST, "/v1/submissions", &headers, body.clone().into())
        .await;
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert_eq!(second.header("location"), first.header("location"));
    let other = rig
        .teacher
        .send(
            Method::POST,
            "/v1/submissions",
            &headers,
            body.replace("\"T\"", "\"U\"").into(),
        )
        .await;
    assert_eq!(other.problem(), "idempotency-key-reused");
    assert_eq!(
        rig.teacher.get("/v1/submissions").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    rig.end().await;
}

/// The bucket holds the client to what was signed, and intake holds what arrived against what was announced.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_was_announced_fails_with_a_sentence_for_its_teacher() {
    let rig = Rig::start().await;

    let submission = rig.announce("plan.txt", "text/plain", 10).await;
    let upload = &submission["documents"][0]["upload"];
    for size in [0, 9, 11] {
        let status = rig.put(upload, vec![b'a'; size]).await;
        assert!(status.is_client_error(), "{size} bytes instead of 10 gave {status}");
    }
    let mut elsewhere = upload.clone();
    elsewhere["url"] = upload["url"]
        .as_str()
        .unwrap()
        .replace("/original?", "/manifest.json?")
        .into();
    assert_eq!(
        rig.put(&elsewhere, vec![b'a'; 10]).await,
        StatusCode::FORBIDDEN,
        "the key is signed"
    );
    let told = rig
        .teacher
        .send(Method::POST, &told_path(&submission), &[], Vec::new())
        .await;
    assert_eq!(told.problem(), "wrong-state", "nothing is there");
    assert_eq!(
        rig.document(submission["id"].as_str().unwrap()).await["state"],
        "awaiting-upload"
    );

    let zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec();
    let cases = [
        ("plan.pdf", "application/pdf", zip.clone()),
        ("lesson.mp4", "video/mp4", zip.clone()),
        (
            "lesson.mp4",
            "video/mp4",
            b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00".to_vec(),
        ),
        ("plan.txt", "text/plain", b"\x00\x01\x02binary".to_vec()),
        (
            "plan.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            b"%PDF-1.7\n".to_vec(),
        ),
    ];
    for (name, media_type, bytes) in cases {
        let (submission, _) = rig.hand_in(name, media_type, bytes).await;
        let settled = rig.settled(&submission).await;
        assert_eq!(settled["failure"]["code"], "not-what-it-says", "{name}: {settled:#}");
        assert!(
            settled["failure"]["message"]
                .as_str()
                .unwrap()
                .starts_with("The file was announced as"),
            "{settled:#}"
        );
    }

    // What only the reader of the whole file can tell comes back from the review, in its words.
    let (submission, _) = rig
        .hand_in("plan.pdf", "application/pdf", b"%PDF-1.7\nbut then nothing".to_vec())
        .await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["failure"]["code"], "review-failed", "{settled:#}");
    rig.end().await;
}

fn told_path(submission: &Value) -> String {
    format!(
        "/v1/submissions/{}/documents/{}/uploaded",
        submission["id"].as_str().unwrap(),
        submission["documents"][0]["id"].as_str().unwrap()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_link_that_expired_is_replaced() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let document = &submission["documents"][0];
    let mut expired = document["upload"].clone();
    // A link of yesterday: the bucket looks at its date before anything else that could be wrong with it.
    let url = url::Url::parse(expired["url"].as_str().unwrap()).unwrap();
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .map(|(name, value)| {
            let value = if name == "X-Amz-Date" {
                "20200101T000000Z".to_owned()
            } else {
                value
            };
            (name, value)
        })
        .collect();
    let mut url = url;
    url.query_pairs_mut().clear().extend_pairs(pairs);
    expired["url"] = url.as_str().into();
    assert_eq!(rig.put(&expired, b"hello".to_vec()).await, StatusCode::FORBIDDEN);

    let path = format!(
        "/v1/submissions/{}/documents/{}/upload-url",
        submission["id"].as_str().unwrap(),
        document["id"].as_str().unwrap()
    );
    let fresh = rig.teacher.send(Method::POST, &path, &[], Vec::new()).await;
    assert_eq!(fresh.status, StatusCode::OK);
    assert_eq!(rig.put(&fresh.json(), b"hello".to_vec()).await, StatusCode::OK);
    let id = submission["id"].as_str().unwrap();
    assert_eq!(rig.settled(id).await["state"], "ready");
    assert_eq!(
        rig.teacher.send(Method::POST, &path, &[], Vec::new()).await.problem(),
        "wrong-state"
    );
    rig.end().await;
}

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
            StatusCode::NO_CONTENT,
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
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
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

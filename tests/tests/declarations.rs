//! Submissions that cannot be created, and requests that are sent twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::Rig;
use reqwest::Method;
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

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

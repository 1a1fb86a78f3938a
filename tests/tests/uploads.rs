//! Files that are not what was announced, and links that are too old.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::Rig;
use reqwest::{Method, StatusCode};
use serde_json::Value;

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

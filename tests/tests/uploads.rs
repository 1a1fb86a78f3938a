//! Files that are not what was announced, and links that are too old.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::{Rig, Uploader};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::process::Command;

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

/// `curl -T FILE ADDRESS`, and nothing else. Who says of what type the file is must say the right one.
#[tokio::test(flavor = "multi_thread")]
async fn curl_needs_the_file_and_the_address_alone() {
    let rig = Rig::start().await;
    let file = rig.folder().join("Menü – 日本語 (final) .md");
    std::fs::write(&file, "# Photosynthesis\n\nPlants live on light.\n").unwrap();
    let size = usize::try_from(file.metadata().unwrap().len()).unwrap();
    let sent = async |headers: &[&str]| -> Value {
        let submission = rig.announce("plan.md", "text/markdown", size).await;
        let curl = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "-T"])
            .arg(&file)
            .args(headers.iter().flat_map(|header| ["-H", header]))
            .arg(submission["documents"][0]["upload"]["url"].as_str().unwrap())
            .output()
            .await
            .unwrap();
        assert!(
            curl.status.success(),
            "{headers:?}: {}",
            String::from_utf8_lossy(&curl.stderr)
        );
        rig.settled(submission["id"].as_str().unwrap()).await
    };
    for headers in [&[][..], &["Content-Type: Text/Markdown; charset=utf-8"]] {
        let settled = sent(headers).await;
        assert_eq!(settled["state"], "ready", "{headers:?}: {settled:#}");
    }
    let settled = sent(&["Content-Type: text/html; charset=utf-8"]).await;
    assert_eq!(settled["failure"]["code"], "not-what-it-says", "{settled:#}");
    assert_eq!(
        settled["failure"]["message"],
        "The file was announced as a Markdown file (text/markdown), but it was sent as text/html. Hand it in again as what it is."
    );

    // Programs that ask for each request are bound to the type by its signature.
    let uploader = Uploader::announce(&rig, "plan.md", "text/markdown", size).await;
    let mut signed = uploader.sign(json!({ "method": "PUT" })).await.unwrap();
    for said in [Some("text/html"), None] {
        signed["headers"] = said.map_or_else(|| json!({}), |said| json!({ "content-type": said }));
        let (status, _, answer) = uploader.send(&signed, std::fs::read(&file).unwrap()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{said:?}: {answer}");
    }
    rig.end().await;
}

//! What arrives in parts is held against checksums: each part by the bucket, the whole by its SHA-256, which a client may tell when
//! it has sent all of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::sync::Arc;

use api::checksum::Crc64Nvme;
use api::submissions::{NewDocument, NewSubmission};
use dev_stack::client::Client;
use dev_stack::upload::{Options, Progress, Report, upload};
use end_to_end::{PART, Rig, Uploader, long_video};
use portfolio::{Kind, MediaType, Sha256};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Digest as _;

fn sha256(bytes: &[u8]) -> Sha256 {
    <[u8; 32]>::from(sha2::Sha256::digest(bytes)).into()
}

fn checksum(bytes: &[u8]) -> Value {
    json!(Crc64Nvme::from(crc64nvme::checksum(bytes)))
}

fn events(document: &Value) -> Vec<&str> {
    let history = document["history"].as_array().unwrap();
    history.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_takes_no_part_but_the_one_that_was_meant() {
    let rig = Rig::start().await;
    let video = long_video();
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", video.len()).await;
    let begin = json!({ "method": "POST", "checksumAlgorithm": "CRC64NVME" });
    let upload_id = uploader.begin_as(begin).await;

    let mut tags = Vec::new();
    for (number, part) in (1_u64..).zip(video.chunks(PART)) {
        let signed = uploader
            .sign(json!({
                "method": "PUT", "uploadId": upload_id, "partNumber": number, "checksumCRC64NVME": checksum(part),
            }))
            .await
            .unwrap();
        let mut damaged = part.to_vec();
        damaged[0] ^= 1;
        let (status, _, answer) = uploader.send(&signed, damaged).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(answer.contains("<Code>BadDigest</Code>"), "{answer}");
        // A link for one content is none for another.
        let mut other = signed.clone();
        other["headers"]["x-amz-checksum-crc64nvme"] = checksum(b"other");
        assert_eq!(uploader.send(&other, part.to_vec()).await.0, StatusCode::FORBIDDEN);
        let (status, etag, answer) = uploader.send(&signed, part.to_vec()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        tags.push((number, etag.unwrap()));
    }
    let (status, answer) = uploader.complete(&upload_id, &tags).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");

    for request in [
        json!({ "method": "POST", "checksumAlgorithm": "MD5" }),
        json!({ "method": "PUT", "uploadId": "u", "partNumber": 1, "checksumCRC64NVME": "1234" }),
        json!({ "method": "POST", "uploadId": "u", "sha256": "abc" }),
    ] {
        assert_eq!(
            uploader.sign(request.clone()).await,
            Err("invalid-json".into()),
            "{request}"
        );
    }
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_is_told_at_the_end_is_what_must_have_arrived() {
    let rig = Rig::start().await;
    let video = long_video();
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", video.len()).await;
    let (upload_id, tags) = uploader.parts(&video).await;
    assert_eq!(rig.document(&uploader.submission).await["sha256"], Value::Null);
    // Told once wrongly, without an end: the list of parts is no list.
    let other = sha256(b"other");
    let (status, answer) = uploader.complete_as(&upload_id, &[], Some(other)).await;
    assert!(status.is_client_error(), "{answer}");
    assert_eq!(rig.document(&uploader.submission).await["sha256"], other.to_string());
    let digest = sha256(&video);
    let (status, answer) = uploader.complete_as(&upload_id, &tags, Some(digest)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(
        (&settled["state"], &settled["sha256"]),
        (&json!("ready"), &json!(digest.to_string()))
    );
    assert!(events(&settled).contains(&"checksum-held"), "{settled:#}");

    // Another byte in the middle: of the same length, and with the same beginning.
    let mut damaged = video.clone();
    damaged[PART + 1] ^= 1;
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", video.len()).await;
    let (upload_id, tags) = uploader.parts(&damaged).await;
    let (status, answer) = uploader.complete_as(&upload_id, &tags, Some(digest)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(settled["failure"]["code"], "checksum-mismatch", "{settled:#}");
    let manifest = rig.manifest(&uploader.submission).await;
    assert_eq!(
        manifest["documents"][0]["sha256"],
        digest.to_string(),
        "who builds everything anew knows it as well"
    );
    // After that there is nothing to tell any more.
    let late = json!({ "method": "POST", "uploadId": upload_id, "sha256": other.to_string() });
    assert_eq!(uploader.sign(late).await, Err("wrong-state".into()));
    rig.end().await;
}

struct Unwatched;

impl Progress for Unwatched {
    fn had(&self, _: u64) {}
    fn sent(&self, _: u64) {}
    fn lost(&self, _: u64) {}
}

/// The store knows no checksums, or another client began the upload without any: then entity tags are compared.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_checksums_is_uploaded_to_all_the_same() {
    let rig = Rig::start().await;
    let video = long_video();
    let path = rig.folder().join("lesson.mp4");
    std::fs::write(&path, &video).unwrap();
    let client = Client::new(rig.stack.application().url(), &rig.stack.tokens().teacher);
    let declaration = NewSubmission {
        title: "Photosynthesis".into(),
        evaluators: None,
        documents: vec![NewDocument {
            name: "lesson.mp4".into(),
            kind: Kind::ClassroomVideo,
            media_type: MediaType::Mp4,
            size: video.len() as u64,
            sha256: None,
        }],
    };
    let hand_in = async |key: &str, begun: bool| -> Report {
        let mut submission = client.create(&declaration, key).await.unwrap();
        if begun {
            let of = json!({ "id": submission.id, "documents": [{ "id": submission.documents[0].id }] });
            let uploader = Uploader::of(&rig, &of);
            let upload_id = uploader.begin().await;
            uploader.part(&upload_id, 2, &video[PART..2 * PART]).await.unwrap();
            submission = client.create(&declaration, key).await.unwrap();
        }
        let document = &submission.documents[0];
        let report = upload(
            &client,
            submission.id,
            document,
            &path,
            Options::default(),
            Arc::new(Unwatched),
        )
        .await;
        let settled = rig.settled(&submission.id.to_string()).await;
        assert_eq!(settled["state"], "ready", "{settled:#}");
        assert_eq!(settled["sha256"], sha256(&video).to_string());
        report.unwrap()
    };

    rig.stack.bucket().set_without_checksums(true);
    let whole = Report {
        sent: video.len() as u64,
        sha256: Some(sha256(&video)),
        ..Report::default()
    };
    assert_eq!(hand_in("without", false).await, whole);
    let had = PART as u64;
    let rest = Report {
        had,
        sent: whole.sent - had,
        ..whole
    };
    assert_eq!(hand_in("begun without", true).await, rest);
    rig.stack.bucket().set_without_checksums(false);
    assert_eq!(hand_in("begun elsewhere without", true).await, rest);
    assert_eq!(hand_in("with", false).await, whole);
    rig.end().await;
}

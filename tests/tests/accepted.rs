//! What is worked with is the file that was announced and accepted; what is not wanted any more does not stay.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::{PART, Rig, Uploader, eventually, long_video};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Digest as _;

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn announce(rig: &Rig, size: usize, sha256: &[u8]) -> Value {
    let digest: [u8; 32] = sha2::Sha256::digest(sha256).into();
    let document = json!({
        "name": "lesson.mp4", "kind": "classroom-video", "media_type": "video/mp4", "size": size,
        "sha256": portfolio::Sha256::from(digest).to_string(),
    });
    let declaration = json!({ "title": "Photosynthesis", "documents": [document] });
    let answer = rig.teacher.post("/v1/submissions", &declaration).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

async fn pause(rig: &Rig, queue: &str) {
    let paused = rig
        .operator
        .post(&format!("/v1/queues/{queue}/pause"), &json!({ "reason": "Lunch." }))
        .await;
    assert_eq!(paused.status, StatusCode::OK);
}

async fn resume(rig: &Rig, queue: &str) {
    let path = format!("/v1/queues/{queue}/resume");
    let resumed = rig.operator.send(Method::POST, &path, &[], Vec::new()).await;
    assert_eq!(resumed.status, StatusCode::OK);
}

async fn is_in(rig: &Rig, submission: &str, state: &str) {
    eventually(state, async || {
        (rig.document(submission).await["state"] == state).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_came_in_parts_is_held_against_its_sha256() {
    let rig = Rig::start().await;
    let video = long_video();
    let submission = announce(&rig, video.len(), &video).await;
    let uploader = Uploader::of(&rig, &submission);
    let (upload_id, tags) = uploader.parts(&video).await;
    assert_eq!(uploader.complete(&upload_id, &tags).await.0, StatusCode::OK);
    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    let history = settled["history"].as_array().unwrap();
    assert!(
        history.iter().any(|event| event["event"] == "checksum-held"),
        "{settled:#}"
    );

    // The same length and the same beginning, but another byte in the middle.
    let mut other = video.clone();
    other[PART + 1] ^= 1;
    let submission = announce(&rig, video.len(), &video).await;
    let uploader = Uploader::of(&rig, &submission);
    let (upload_id, tags) = uploader.parts(&other).await;
    assert_eq!(uploader.complete(&upload_id, &tags).await.0, StatusCode::OK);
    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(settled["failure"]["code"], "checksum-mismatch", "{settled:#}");
    let requests = rig.vendor_log().await;
    let requests = requests.iter().filter(|entry| entry["event"] == "request");
    assert_eq!(requests.count(), 1, "nobody is sent the other file");

    // Of what comes whole the bucket checks the digest itself, and nothing is read again.
    let submission = announce(&rig, video.len(), &video).await;
    let upload = &submission["documents"][0]["upload"];
    assert!(rig.put(upload, other).await.is_client_error());
    assert_eq!(rig.put(upload, video).await, StatusCode::OK);
    let settled = rig.settled(&text(&submission["id"])).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    let history = settled["history"].as_array().unwrap();
    assert!(
        !history.iter().any(|event| event["event"] == "checksum-held"),
        "{settled:#}"
    );
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_upload_of_a_file_that_was_accepted_comes_to_nothing() {
    let rig = Rig::start().await;
    pause(&rig, "transfer").await;
    let video = long_video();
    let mut other = video.clone();
    other[PART + 1] ^= 1;
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", video.len()).await;
    let (first, first_tags) = uploader.parts(&video).await;
    let (second, second_tags) = uploader.parts(&other).await;
    // All that it takes to complete it is signed before the first one is accepted.
    let late = uploader
        .sign(json!({ "method": "POST", "uploadId": second }))
        .await
        .unwrap();
    assert_eq!(uploader.complete(&first, &first_tags).await.0, StatusCode::OK);
    is_in(&rig, &uploader.submission, "uploaded").await;
    let body = second_tags
        .iter()
        .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
    let body = format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        body.collect::<String>()
    );
    eventually("the other upload is given up", async || {
        let list = json!({ "method": "DELETE", "uploadId": second });
        let (status, _, _) = uploader.make(list, Vec::new()).await;
        (status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    let (status, _, answer) = uploader.send(&late, body.into()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    resume(&rig, "transfer").await;
    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_replaced_after_it_was_accepted_goes_no_further() {
    let rig = Rig::start().await;
    for (queue, waiting) in [
        ("transfer", "uploaded"),
        ("verify", "verifying"),
        ("normalize", "normalizing"),
    ] {
        pause(&rig, queue).await;
        let submission = rig.announce("plan.txt", "text/plain", 5).await;
        let (id, upload) = (text(&submission["id"]), &submission["documents"][0]["upload"]);
        assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
        is_in(&rig, &id, waiting).await;
        // The link is good for some minutes yet.
        assert_eq!(rig.put(upload, b"jello".to_vec()).await, StatusCode::OK);
        resume(&rig, queue).await;
        let settled = rig.settled(&id).await;
        assert_eq!(settled["failure"]["code"], "file-replaced", "{queue}: {settled:#}");
        let document = text(&submission["documents"][0]["id"]);
        assert_eq!(rig.normalized(&document).await.status, StatusCode::NOT_FOUND);
        // The very same bytes are no replacement.
        pause(&rig, queue).await;
        let submission = rig.announce("plan.txt", "text/plain", 5).await;
        let (id, upload) = (text(&submission["id"]), &submission["documents"][0]["upload"]);
        assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
        is_in(&rig, &id, waiting).await;
        assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
        resume(&rig, queue).await;
        assert_eq!(rig.settled(&id).await["state"], "ready", "{queue}");
    }
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evaluators_are_led_to_the_file_that_was_reviewed_or_to_none() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let (id, upload) = (text(&submission["id"]), &submission["documents"][0]["upload"]);
    let file = format!(
        "/v1/catalog/documents/{}/files/source",
        text(&submission["documents"][0]["id"])
    );
    assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
    assert_eq!(rig.settled(&id).await["state"], "ready");
    assert_eq!(rig.evaluator.get(&file).await.status, StatusCode::TEMPORARY_REDIRECT);

    // The link to upload it is good for some minutes yet.
    assert_eq!(rig.put(upload, b"jello".to_vec()).await, StatusCode::OK);
    let refused = rig.evaluator.get(&file).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (StatusCode::CONFLICT, "wrong-state".into())
    );
    let log = rig.folder().join("data/logs/intake_stderr.txt");
    let line = format!(r#""event":"file-replaced","submission":"{id}""#);
    eventually("it is written down", async || {
        std::fs::read_to_string(&log).unwrap().contains(&line).then_some(())
    })
    .await;
    assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
    assert_eq!(rig.evaluator.get(&file).await.status, StatusCode::TEMPORARY_REDIRECT);

    rig.stack.bucket().set_unavailable(true);
    assert_eq!(rig.evaluator.get(&file).await.status, StatusCode::SERVICE_UNAVAILABLE);
    rig.stack.bucket().set_unavailable(false);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_or_replaced_is_deleted() {
    let rig = Rig::start().await;
    pause(&rig, "transfer").await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let id = text(&submission["id"]);
    let upload = &submission["documents"][0]["upload"];
    let prefix = format!("submissions/{id}/");
    let manifest = vec![format!("{prefix}manifest.json")];
    assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
    is_in(&rig, &id, "uploaded").await;
    let withdrawal = format!("/v1/submissions/{id}/withdrawal");
    let withdrawn = rig.teacher.send(Method::POST, &withdrawal, &[], Vec::new()).await;
    assert_eq!(withdrawn.status, StatusCode::OK);
    assert_eq!(rig.keys(&prefix).await, manifest);
    // What arrives through a link of before is not kept either.
    assert_eq!(rig.put(upload, b"hello".to_vec()).await, StatusCode::OK);
    eventually("it is deleted again", async || {
        (rig.keys(&prefix).await == manifest).then_some(())
    })
    .await;

    // An upload in parts that nobody finished goes, too.
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", PART + 1).await;
    let upload_id = uploader.begin().await;
    uploader.part(&upload_id, 2, &[0]).await;
    let withdrawal = format!("/v1/submissions/{}/withdrawal", uploader.submission);
    for _ in 0..2 {
        let withdrawn = rig.teacher.send(Method::POST, &withdrawal, &[], Vec::new()).await;
        assert_eq!(withdrawn.status, StatusCode::OK);
    }
    let abort = json!({ "method": "DELETE", "uploadId": upload_id });
    assert_eq!(uploader.make(abort, Vec::new()).await.0, StatusCode::NOT_FOUND);

    let (id, refused) = rig
        .hand_in(
            "lesson.mp4",
            "video/mp4",
            b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec(),
        )
        .await;
    rig.settled(&id).await;
    let prefix = format!("submissions/{id}/");
    assert_eq!(rig.keys(&prefix).await.len(), 2);
    let new = json!({ "name": "plan.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 5 });
    let replacement = format!("/v1/submissions/{id}/documents/{refused}/replacement");
    assert_eq!(rig.teacher.post(&replacement, &new).await.status, StatusCode::CREATED);
    assert_eq!(rig.keys(&prefix).await, [format!("{prefix}manifest.json")]);
    rig.end().await;
}

/// Events have numbers by which they could be put in order. What is looked at is the object, so no order does harm.
#[tokio::test(flavor = "multi_thread")]
async fn events_in_the_wrong_order_end_well() {
    let rig = Rig::start().await;
    let bucket = rig.stranger.with_token(&rig.stack.secrets().notification_token);
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let (id, document) = (text(&submission["id"]), text(&submission["documents"][0]["id"]));
    let key = format!("submissions/{id}/{document}/original");
    let event = |name: &str, sequencer: &str| {
        json!({ "eventName": name, "s3": { "bucket": { "name": "dossier" },
            "object": { "key": key, "size": 5, "sequencer": sequencer } } })
    };
    let told = async |events: &[Value]| {
        let path = "/v1/notifications/bucket";
        bucket.post(path, &json!({ "Records": events })).await.status
    };
    // The last of all comes first, before there is anything; it will be said again.
    let last = event("ObjectCreated:CompleteMultipartUpload", "0055AED6DCD90283");
    assert_eq!(told(std::slice::from_ref(&last)).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        rig.put(&submission["documents"][0]["upload"], b"hello".to_vec()).await,
        StatusCode::OK
    );
    let removed = event("ObjectRemoved:Delete", "0055AED6DCD90282");
    let first = event("ObjectCreated:Put", "0055AED6DCD90281");
    for events in [
        vec![last.clone(), removed.clone(), first.clone()],
        vec![removed],
        vec![first],
        vec![last],
    ] {
        assert_eq!(told(&events).await, StatusCode::OK);
    }
    let settled = rig.settled(&id).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    let uploaded = settled["history"].as_array().unwrap().iter();
    assert_eq!(uploaded.filter(|event| event["event"] == "uploaded").count(), 1);
    rig.end().await;
}

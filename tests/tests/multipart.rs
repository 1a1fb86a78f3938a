//! Uploads in parts: each request is signed when it is needed, and for nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::{PART, Rig, Uploader, long_video};
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_video_arrives_in_parts_and_what_has_arrived_is_told() {
    let rig = Rig::start().await;
    let video = long_video();
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", video.len()).await;
    let document = rig.document(&uploader.submission).await;
    let upload = &document["upload"];
    assert_eq!(
        (upload["part_size"].as_u64(), upload["parts"].as_u64()),
        (Some(PART as u64), Some(3))
    );
    assert_eq!((&upload["upload_id"], &document["received"]), (&Value::Null, &json!(0)));

    let upload_id = uploader.begin().await;
    let chunks: Vec<&[u8]> = video.chunks(PART).collect();
    // Out of order, and one of them twice.
    let mut tags = Vec::new();
    for number in [3, 1, 1] {
        let etag = uploader
            .part(&upload_id, number, chunks[usize::try_from(number).unwrap() - 1])
            .await;
        tags.push((number, etag.unwrap()));
    }
    let document = rig.document(&uploader.submission).await;
    assert_eq!(
        document["upload"]["upload_id"],
        json!(upload_id),
        "any client can go on with it"
    );
    assert_eq!(document["received"], json!(PART + chunks[2].len()));
    assert_eq!(document["history"][1]["event"], "upload-begun");

    let listed = uploader
        .make(json!({ "method": "GET", "uploadId": upload_id }), Vec::new())
        .await;
    assert_eq!(listed.2.matches("<Part>").count(), 2, "{}", listed.2);

    // What is not whole is not taken for whole, and nothing is lost by trying.
    let (status, answer) = uploader
        .complete(&upload_id, &[tags[1].clone(), (2, tags[0].1.clone())])
        .await;
    assert!(status.is_client_error(), "{answer}");
    tags.push((2, uploader.part(&upload_id, 2, chunks[1]).await.unwrap()));
    let parts = [tags[1].clone(), tags[3].clone(), tags[0].clone()];
    let (status, answer) = uploader.complete(&upload_id, &parts).await;
    assert_eq!(status, StatusCode::OK, "{answer}");

    let settled = rig.settled(&uploader.submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    assert_eq!(settled["received"], json!(video.len()));
    for request in [
        json!({ "method": "PUT" }),
        json!({ "method": "POST" }),
        json!({ "method": "POST", "uploadId": upload_id }),
        json!({ "method": "PUT", "uploadId": upload_id, "partNumber": 1 }),
    ] {
        assert_eq!(uploader.sign(request).await, Err("wrong-state".into()));
    }
    let aborted = uploader
        .make(json!({ "method": "DELETE", "uploadId": upload_id }), Vec::new())
        .await;
    assert!(
        aborted.0 == StatusCode::NOT_FOUND || aborted.0 == StatusCode::NO_CONTENT,
        "{aborted:?}"
    );
    assert_eq!(rig.document(&uploader.submission).await["state"], "ready");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_signed_that_is_not_the_documents_own() {
    let rig = Rig::start().await;
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", PART + 1).await;
    let upload_id = uploader.begin().await;
    let part = |number: u64| json!({ "method": "PUT", "uploadId": upload_id, "partNumber": number });

    for (request, problem) in [
        (part(0), "invalid-request"),
        (part(3), "invalid-request"),
        (part(10_001), "invalid-request"),
        (json!({ "method": "PUT", "uploadId": upload_id }), "invalid-request"),
        (json!({ "method": "DELETE" }), "invalid-request"),
        (json!({ "method": "PUT", "key": "submissions/x" }), "invalid-request"),
        (
            json!({ "method": "PUT", "uploadId": "", "partNumber": 1 }),
            "invalid-request",
        ),
        (json!({ "method": "HEAD" }), "invalid-json"),
        (json!({}), "invalid-json"),
    ] {
        assert_eq!(uploader.sign(request.clone()).await, Err(problem.into()), "{request}");
    }
    // A part has the length that it must have, and nothing can be sent in another's place.
    let signed = uploader.sign(part(2)).await.unwrap();
    assert_eq!(signed["size"], 1);
    for length in [0, 2, PART] {
        let (status, _, answer) = uploader.send(&signed, vec![0; length]).await;
        assert!(
            status.is_client_error(),
            "{length} bytes instead of 1: {status} {answer}"
        );
    }
    for (from, to) in [
        ("partNumber=2", "partNumber=1"),
        ("/original?", "/manifest.json?"),
        ("uploadId=", "uploadId=0"),
    ] {
        let mut other = signed.clone();
        other["url"] = signed["url"].as_str().unwrap().replace(from, to).into();
        assert_eq!(uploader.send(&other, vec![0]).await.0, StatusCode::FORBIDDEN, "{to}");
    }
    // An upload that nobody began, and one of another document.
    let (status, _, _) = uploader
        .make(
            json!({ "method": "PUT", "uploadId": "made-up", "partNumber": 2 }),
            vec![0],
        )
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let other = Uploader::announce(&rig, "other.mp4", "video/mp4", PART + 1).await;
    let (status, _, _) = other.make(part(2), vec![0]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // Somebody else's documents do not exist; neither do those of other submissions.
    let stranger = rig.teacher.with_token(&rig.token("other-teacher"));
    assert_eq!(stranger.post(&uploader.path(), &part(1)).await.problem(), "not-found");
    let mixed = format!(
        "/v1/submissions/{}/documents/{}/sign",
        other.submission, uploader.document
    );
    assert_eq!(rig.teacher.post(&mixed, &part(1)).await.problem(), "not-found");
    assert_eq!(
        rig.evaluator.post(&uploader.path(), &part(1)).await.problem(),
        "insufficient-scope"
    );
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn permission_that_ends_between_two_parts_ends_the_upload() {
    let rig = Rig::start().await;
    let uploader = Uploader::announce(&rig, "lesson.mp4", "video/mp4", PART + 1).await;
    let upload_id = uploader.begin().await;
    uploader.part(&upload_id, 1, &vec![0; PART]).await;
    let withdrawn = rig
        .teacher
        .send(
            Method::POST,
            &format!("/v1/submissions/{}/withdrawal", uploader.submission),
            &[],
            Vec::new(),
        )
        .await;
    assert_eq!(withdrawn.status, StatusCode::OK);
    assert_eq!(withdrawn.json()["documents"][0]["failure"]["code"], "withdrawn");
    for request in [
        json!({ "method": "PUT", "uploadId": upload_id, "partNumber": 2 }),
        json!({ "method": "POST", "uploadId": upload_id }),
        json!({ "method": "POST" }),
        json!({ "method": "PUT" }),
    ] {
        assert_eq!(uploader.sign(request).await, Err("wrong-state".into()));
    }
    // What has arrived was thrown away; a client that would do so itself may ask for it.
    let abort = json!({ "method": "DELETE", "uploadId": upload_id });
    assert_eq!(uploader.make(abort, Vec::new()).await.0, StatusCode::NOT_FOUND);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_aborted_cannot_be_completed_and_can_be_begun_again() {
    let rig = Rig::start().await;
    let plan = b"# A plan\n".to_vec();
    let uploader = Uploader::announce(&rig, "plan.md", "text/markdown", plan.len()).await;
    let first = uploader.begin().await;
    let etag = uploader.part(&first, 1, &plan).await.unwrap();
    let abort = json!({ "method": "DELETE", "uploadId": first });
    assert_eq!(uploader.make(abort, Vec::new()).await.0, StatusCode::NO_CONTENT);
    let (status, _) = uploader.complete(&first, &[(1, etag.clone())]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        rig.document(&uploader.submission).await["received"],
        0,
        "nothing is there any more"
    );

    let second = uploader.begin().await;
    uploader.part(&second, 1, &plan).await;
    // Twice at once is once.
    let parts = [(1, etag)];
    let answers = join_all([uploader.complete(&second, &parts), uploader.complete(&second, &parts)]).await;
    assert!(
        answers.iter().any(|(status, _)| *status == StatusCode::OK),
        "{answers:?}"
    );
    assert_eq!(rig.settled(&uploader.submission).await["state"], "ready");
    rig.end().await;
}

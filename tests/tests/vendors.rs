//! Other vendors, and several at once: a change of the manifest, and of nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;

use end_to_end::{Rig, eventually, project, with_assemblyai, with_languagetool};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// One submission, two documents, two vendors: it is ready when both are.
#[tokio::test(flavor = "multi_thread")]
async fn a_submission_goes_to_two_vendors_and_is_ready_when_both_are() {
    let rig = Rig::with(with_assemblyai).await;
    let video = fs::read(project().join("samples/classroom-excerpt.mp4")).unwrap();
    let plan = b"Photosynthesis is how plants makes sugar out of light.\n".to_vec();
    let declaration = json!({
        "title": "Photosynthesis, year 7",
        "documents": [
            { "name": "plan.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": plan.len() },
            { "name": "lesson.mp4", "kind": "classroom-video", "media_type": "video/mp4", "size": video.len() },
        ],
    });
    let created = rig.teacher.post("/v1/submissions", &declaration).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let submission = created.json();
    for (document, bytes) in submission["documents"].as_array().unwrap().iter().zip([plan, video]) {
        assert_eq!(rig.put(&document["upload"], bytes).await, StatusCode::OK);
    }
    let path = format!("/v1/submissions/{}", submission["id"].as_str().unwrap());
    let ready = eventually("both documents are settled", async || {
        let submission = rig.teacher.get(&path).await.json();
        let settled = |document: &Value| matches!(document["state"].as_str(), Some("ready" | "failed"));
        submission["documents"]
            .as_array()
            .unwrap()
            .iter()
            .all(settled)
            .then_some(submission)
    })
    .await;
    assert_eq!(ready["state"], "ready", "{ready:#}");

    let document = |index: usize| ready["documents"][index]["id"].as_str().unwrap().to_owned();
    let plan = rig.normalized(&document(0)).await.json();
    assert_eq!(plan["review"]["vendor"], "review");
    let recording = rig.normalized(&document(1)).await.json();
    assert_eq!(recording["review"]["vendor"], "assemblyai", "{recording:#}");
    assert_eq!(recording["review"]["adapter"]["name"], "assemblyai");
    assert!(
        !recording["annotations"].as_array().unwrap().is_empty(),
        "{recording:#}"
    );

    let captions = recording["files"].as_array().unwrap().iter();
    let captions = captions.clone().find(|file| file["role"] == "captions").unwrap();
    assert_eq!(captions["derived"], true);
    let answer = rig.evaluator.get(captions["href"].as_str().unwrap()).await;
    let text = reqwest::get(answer.header("location").unwrap())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(text.starts_with("WEBVTT\n\n00:00:") && text.contains("<v A>"), "{text}");
    assert_eq!(captions["size"], text.len());

    let queues = rig.operator.get("/v1/queues").await.json();
    assert!(queues.to_string().contains("normalize-assemblyai"), "{queues}");
    rig.end().await;
}

/// The same document, the same components, another vendor.
#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_is_swapped_by_the_manifest_alone() {
    let rig = Rig::with(with_languagetool).await;
    // A callback that is signed wrongly, or long ago, changes nothing in this vendor's way of signing, either.
    rig.misbehave(&json!([
        { "do": "callback-wrong-signature", "times": 1 },
        { "do": "callback-old-timestamp", "times": 1 },
    ]))
    .await;
    let plan = "# Fractions – 分数 🌱\n\nStudents recieves a worksheet. They should of finished it untill friday.\n";
    let (submission, document) = rig.hand_in("plan.md", "text/markdown", plan.into()).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");

    let normalized = rig.normalized(&document).await.json();
    assert_eq!(normalized["review"]["vendor"], "languagetool");
    let answer = rig
        .evaluator
        .get(&format!("/v1/catalog/documents/{document}/files/text"))
        .await;
    let text = reqwest::get(answer.header("location").unwrap())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let text: Vec<char> = text.chars().collect();
    let annotations = normalized["annotations"].as_array().unwrap();
    assert!(annotations.len() >= 2, "{annotations:#?}");
    for annotation in annotations {
        let selector = &annotation["target"]["selector"];
        let place = |name: &str| usize::try_from(selector[name].as_u64().unwrap()).unwrap();
        let words: String = text[place("start")..place("end")].iter().collect();
        assert_eq!(selector["refinedBy"]["exact"], words);
    }
    assert!(
        annotations
            .iter()
            .any(|annotation| annotation["target"]["selector"]["refinedBy"]["exact"] == "recieves"),
        "{annotations:#?}"
    );
    rig.end().await;
}

/// Whoever does not know the secret that the vendor was told changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_secret_is_asked_for() {
    let rig = Rig::with(with_assemblyai).await;
    rig.misbehave(&json!([{ "do": "callback-wrong-signature", "times": 2 }]))
        .await;
    let video = fs::read(project().join("samples/classroom-excerpt.mp4")).unwrap();
    let (submission, _) = rig.hand_in("lesson.mp4", "video/mp4", video).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    let refused = rig
        .vendor_log()
        .await
        .into_iter()
        .filter(|entry| entry["event"] == "callback" && entry["status"] == 401)
        .count();
    assert_eq!(refused, 2);
    rig.end().await;
}

//! A document goes all the way, of every kind that is taken.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;

use canonical_document::NormalizedDocument;
use end_to_end::{Rig, project};
use reqwest::StatusCode;
use serde_json::Value;
use sha2::Digest as _;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_document_reaches_its_evaluator() {
    let rig = Rig::start().await;
    let samples = [
        ("photosynthesis-lesson-plan.md", "text/markdown"),
        ("photosynthesis-lesson-plan.docx", DOCX),
        ("photosynthesis-lesson-plan.pdf", "application/pdf"),
        ("classroom-excerpt.mp4", "video/mp4"),
    ];
    for (name, media_type) in samples {
        let bytes = fs::read(project().join("samples").join(name)).unwrap();
        let (submission, document) = rig.hand_in(name, media_type, bytes.clone()).await;
        let settled = rig.settled(&submission).await;
        assert_eq!(settled["state"], "ready", "{name}: {settled:#}");
        assert_is_a_valid_walk(&settled);

        let answer = rig.normalized(&document).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let normalized: NormalizedDocument = serde_json::from_slice(&answer.body).unwrap();
        normalized.validate().unwrap();
        assert_validates(&answer.json());
        assert_eq!(normalized.document.to_string(), document);
        assert_eq!(normalized.submission.to_string(), submission);
        assert_eq!(normalized.source.size, bytes.len() as u64);
        assert!(!normalized.annotations.is_empty(), "{name} has remarks");
        assert_eq!(normalized.media.is_some(), media_type == "video/mp4");
        assert_eq!(normalized.text.is_some(), media_type != "video/mp4");

        assert_files_can_be_fetched(&rig, &normalized, &bytes).await;
        let again = rig
            .evaluator
            .send(
                reqwest::Method::GET,
                &format!("/v1/catalog/documents/{document}"),
                &[("if-none-match", answer.header("etag").unwrap())],
                Vec::new(),
            )
            .await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{name}");
    }

    let listed = rig.evaluator.get("/v1/catalog/submissions?limit=3").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    let cursor = listed["next"].as_str().unwrap();
    let rest = rig
        .evaluator
        .get(&format!("/v1/catalog/submissions?limit=3&after={cursor}"))
        .await
        .json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
    rig.end().await;
}

/// What a reviewer says about a text must point at the very words.
#[tokio::test(flavor = "multi_thread")]
async fn annotations_point_at_the_words_that_they_quote() {
    let rig = Rig::start().await;
    let plan = "# Fractions – 分数\n\nStudents recieves a worksheet. They should of finished it untill friday.\n";
    let (submission, document) = rig
        .hand_in("Brüche – 分数 (final) .md", "text/markdown", plan.into())
        .await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    assert_eq!(settled["name"], "Brüche – 分数 (final) .md");

    let normalized = rig.normalized(&document).await.json();
    let text = fetch(&rig, &format!("/v1/catalog/documents/{document}/files/text")).await;
    let text: Vec<char> = String::from_utf8(text).unwrap().chars().collect();
    assert_eq!(normalized["text"]["characters"], text.len());
    let annotations = normalized["annotations"].as_array().unwrap();
    assert!(annotations.len() >= 2, "{annotations:#?}");
    for annotation in annotations {
        let selector = &annotation["target"]["selector"];
        let place = |name: &str| usize::try_from(selector[name].as_u64().unwrap()).unwrap();
        let words: String = text[place("start")..place("end")].iter().collect();
        assert_eq!(selector["refinedBy"]["exact"], words);
    }
    rig.end().await;
}

/// One submission, several documents: it is ready when all of them are, and what one document costs is counted.
#[tokio::test(flavor = "multi_thread")]
async fn one_document_costs_one_database_write() {
    let rig = Rig::start().await;
    let (first, _) = rig
        .hand_in(
            "first.txt",
            "text/plain",
            b"The first lesson plan creates the table.\n".to_vec(),
        )
        .await;
    rig.settled(&first).await;
    let before = rig.stack.application().counters().await;
    let (second, _) = rig
        .hand_in("second.txt", "text/plain", b"The second one is counted.\n".to_vec())
        .await;
    let settled = rig.settled(&second).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    let after = rig.stack.application().counters().await;
    let statements = |counters: &std::collections::BTreeMap<String, spinlet::Counters>, component: &str| {
        counters.get(component).map_or(0, |counters| counters.sqlite_statements)
    };
    assert_eq!(statements(&after, "normalize") - statements(&before, "normalize"), 1);
    for component in after
        .keys()
        .filter(|component| !["normalize", "catalog", "operate"].contains(&component.as_str()))
    {
        assert_eq!(statements(&after, component), 0, "{component} has no database");
    }
    let commands: u64 = after
        .iter()
        .map(|(component, counters)| {
            let earlier = before.get(component).map_or(0, |counters| counters.redis_commands);
            // Watching the progress is the test's doing, not the document's.
            if component == "upload" {
                0
            } else {
                counters.redis_commands - earlier
            }
        })
        .sum();
    eprintln!("one document, from the bucket's event to ready: {commands} Redis commands, 1 database statement");
    assert!(commands <= 20, "{commands} Redis commands for one document");
    rig.end().await;
}

fn assert_is_a_valid_walk(document: &Value) {
    let states: Vec<_> = document["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["state"].as_str().unwrap())
        .collect();
    let way = [
        "awaiting-upload",
        "uploaded",
        "transferring",
        "in-review",
        "verifying",
        "normalizing",
        "ready",
    ];
    let mut position = 0;
    for state in states {
        let next = way
            .iter()
            .position(|known| *known == state)
            .unwrap_or_else(|| panic!("{state} is on the way: {document:#}"));
        // A callback may overtake the third party's own answer, so a step may be left out; none goes back.
        assert!(next >= position, "{state} follows {}: {document:#}", way[position]);
        position = next;
    }
    assert_eq!(way[position], "ready");
}

fn assert_validates(document: &Value) {
    let schema = fs::read_to_string(project().join("docs/schemas/normalized-document-1.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<_> = validator.iter_errors(document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
}

async fn assert_files_can_be_fetched(rig: &Rig, normalized: &NormalizedDocument, original: &[u8]) {
    assert_eq!(fetch(rig, &normalized.source.href).await, original);
    for file in &normalized.files {
        let bytes = fetch(rig, &file.href).await;
        assert_eq!(bytes.len() as u64, file.size, "{}", file.role);
        let digest: [u8; 32] = sha2::Sha256::digest(&bytes).into();
        assert_eq!(portfolio::Sha256::from(digest), file.sha256, "{}", file.role);
    }
}

async fn fetch(rig: &Rig, href: &str) -> Vec<u8> {
    let answer = rig.evaluator.get(href).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT, "{href}");
    let response = reqwest::get(answer.header("location").unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    response.bytes().await.unwrap().to_vec()
}

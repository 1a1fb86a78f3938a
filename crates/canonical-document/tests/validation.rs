//! The rules that no schema can say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use canonical_document::NormalizedDocument;
use serde_json::{Value, json};

fn plan() -> Value {
    serde_json::from_str(include_str!("../examples/lesson-plan.json")).unwrap()
}

fn video() -> Value {
    serde_json::from_str(include_str!("../examples/classroom-video.json")).unwrap()
}

/// The pointers of all violations after a change.
fn violations(mut document: Value, changes: &[(&str, Value)]) -> Vec<String> {
    for (pointer, value) in changes {
        *document.pointer_mut(pointer).expect(pointer) = value.clone();
    }
    let document: NormalizedDocument = serde_json::from_value(document).expect("the types allow it");
    document
        .validate()
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|violation| violation.pointer)
        .collect()
}

#[test]
fn positions_lie_within_the_text() {
    let selector = "/annotations/0/target/selector";
    let at = |start: u64, end: u64| {
        let value = json!({ "type": "TextPositionSelector", "start": start, "end": end });
        violations(plan(), &[(selector, value)])
    };
    assert!(at(0, 4211).is_empty());
    assert!(at(4211, 4211).is_empty(), "a place between two characters");
    assert_eq!(at(0, 4212), [selector]);
    assert_eq!(at(5, 4), [selector]);
}

#[test]
fn a_quote_is_as_long_as_its_place() {
    let exact = "/annotations/0/target/selector/refinedBy/exact";
    assert!(
        violations(plan(), &[(exact, "ünïcö".into())]).is_empty(),
        "counted in characters, not in bytes"
    );
    assert_eq!(
        violations(plan(), &[(exact, "their".repeat(2).into())]),
        ["/annotations/0/target/selector"]
    );
}

#[test]
fn references_lead_somewhere() {
    assert_eq!(
        violations(plan(), &[("/annotations/0/target/source", "summary".into())]),
        ["/annotations/0/target/source", "/annotations/0/target/selector"]
    );
    assert_eq!(
        violations(plan(), &[("/text/file", "summary".into())]),
        ["/text/file", "/annotations/0/target/selector"]
    );
    assert_eq!(
        violations(video(), &[("/files/0/role", "source".into())]),
        ["/files/0/role"]
    );
    let twice = json!([video()["files"][0], video()["files"][0]]);
    assert_eq!(violations(video(), &[("/files", twice)]), ["/files/1/role"]);
}

#[test]
fn stretches_of_time_lie_within_the_media() {
    let value = "/annotations/0/target/selector/value";
    let selector = "/annotations/0/target/selector";
    assert!(violations(video(), &[(value, "t=0,61.2".into())]).is_empty());
    assert_eq!(violations(video(), &[(value, "t=0,61.3".into())]), [selector]);
    assert_eq!(violations(video(), &[(value, "t=5,5".into())]), [selector]);
    let mut silent = video();
    silent.as_object_mut().unwrap().remove("media");
    assert_eq!(violations(silent, &[]), [selector]);
}

#[test]
fn only_a_proposed_change_may_be_empty() {
    let body = |purpose: &str| json!([{ "type": "TextualBody", "purpose": purpose, "value": "" }]);
    assert!(
        violations(plan(), &[("/annotations/0/body", body("editing"))]).is_empty(),
        "leave it out"
    );
    assert_eq!(
        violations(plan(), &[("/annotations/0/body", body("commenting"))]),
        ["/annotations/0/body/0/value"]
    );
}

#[test]
fn words_are_words() {
    for (pointer, wrong) in [
        ("/title", json!("")),
        ("/language", json!("english (US)")),
        ("/source/name", json!("")),
        ("/source/media_type", json!("text/markdown; charset=utf-8")),
        ("/review/vendor", json!("Review Inc.")),
        ("/review/id", json!("")),
        ("/text/words", json!(4212)),
        ("/files/0/media_type", json!("Text")),
        ("/annotations/0/body/0/value", json!("")),
    ] {
        assert_eq!(violations(plan(), &[(pointer, wrong)]), [pointer]);
    }
    for (pointer, wrong) in [
        ("/media/video/width", json!(0)),
        ("/media/video/frame_rate", json!(0)),
        ("/media/duration_seconds", json!(-0.5)),
    ] {
        assert_eq!(violations(video(), &[(pointer, wrong)])[0], pointer);
    }
}

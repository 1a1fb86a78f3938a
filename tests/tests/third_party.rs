//! Third parties that misbehave: each folder of `third-party/` is a case.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use end_to_end::{Rig, project};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

const PLAN: &str = "Photosynthesis is how plants makes sugar out of light.\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    behaviour: Value,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    ends: String,
    code: Option<String>,
    says: Option<String>,
    requests: Option<usize>,
    dead_letter: Option<String>,
    #[serde(default)]
    redrive_helps: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_third_party_does_a_document_ends_well() {
    let undisturbed = undisturbed().await;
    let mut folders: Vec<_> = fs::read_dir(project().join("tests/third-party"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.retain(|folder| folder.join("case.json").exists());
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let case: Case = serde_json::from_str(&fs::read_to_string(folder.join("case.json")).unwrap()).unwrap();
        eprintln!("{name}: {}", case.why);
        run(&name, case, &undisturbed).await;
    }
}

async fn run(name: &str, case: Case, undisturbed: &Value) {
    let variables = case.variables;
    let rig = Rig::with(|options, _| options.variables.extend(variables)).await;
    rig.misbehave(&case.behaviour).await;
    let (submission, document) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], case.ends.as_str(), "{name}: {settled:#}");

    let failure = &settled["failure"];
    if let Some(code) = &case.code {
        assert_eq!(failure["code"], code.as_str(), "{name}: {settled:#}");
    }
    if let Some(says) = &case.says {
        assert!(failure["message"].as_str().unwrap().contains(says), "{name}: {failure}");
    }
    let requests = requests(&rig).await;
    if let Some(expected) = case.requests {
        assert_eq!(requests.len(), expected, "{name}: {requests:#?}");
    }
    let keys: BTreeSet<_> = requests
        .iter()
        .map(|request| request["idempotency_key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, BTreeSet::from([document.as_str()]), "{name}");

    if let Some(queue) = &case.dead_letter {
        assert_is_a_dead_letter(name, &rig, queue, &document).await;
        if case.redrive_helps {
            redrive(name, &rig, queue, &submission, &document).await;
        }
    }
    if case.ends == "ready" || case.redrive_helps {
        assert_eq!(
            comparable(rig.normalized(&document).await.json()),
            *undisturbed,
            "{name}"
        );
    }
    rig.end().await;
}

async fn assert_is_a_dead_letter(name: &str, rig: &Rig, queue: &str, document: &str) {
    let letters = rig
        .operator
        .get(&format!("/v1/dead-letters?queue={queue}"))
        .await
        .json();
    let mut letters = letters["items"].as_array().unwrap().iter();
    let letter = letters.find(|letter| letter["document"] == document).unwrap();
    assert!(!letter["errors"].as_array().unwrap().is_empty(), "{name}: {letter:#}");
}

async fn redrive(name: &str, rig: &Rig, queue: &str, submission: &str, document: &str) {
    rig.misbehave(&json!([])).await;
    let path = format!("/v1/dead-letters/{queue}/{document}/redrive");
    for _ in 0..2 {
        let answer = rig.operator.post(&path, &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: pressing twice is safe");
    }
    let settled = rig.settled(submission).await;
    assert_eq!(settled["state"], "ready", "{name}: {settled:#}");
    let letters = rig
        .operator
        .get(&format!("/v1/dead-letters?queue={queue}"))
        .await
        .json();
    assert_eq!(letters["items"], json!([]), "{name}");
}

async fn requests(rig: &Rig) -> Vec<Value> {
    rig.vendor_log()
        .await
        .into_iter()
        .filter(|entry| entry["event"] == "request")
        .collect()
}

/// What one document becomes when nothing goes wrong.
async fn undisturbed() -> Value {
    let rig = Rig::start().await;
    let (submission, document) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    assert_eq!(rig.settled(&submission).await["state"], "ready");
    let normalized = comparable(rig.normalized(&document).await.json());
    rig.end().await;
    normalized
}

/// Without what differs from run to run: ids and times.
fn comparable(mut document: Value) -> Value {
    for pointer in [
        "/submission",
        "/document",
        "/source/href",
        "/review/id",
        "/review/requested_at",
        "/review/completed_at",
    ] {
        *document.pointer_mut(pointer).unwrap() = Value::Null;
    }
    for file in document["files"].as_array_mut().unwrap() {
        file["href"] = Value::Null;
    }
    document
}

//! Third parties that misbehave: each folder of `third-party/` is a case.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use end_to_end::{Rig, eventually, project};
use futures::stream::{self, StreamExt as _};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// How many cases run side by side. Each has a stack of its own, and most of the time it waits.
const SIDE_BY_SIDE: usize = 10;

/// The name of a document for which the third party never calls back.
const ANOTHER: &str = "another.txt";

const PLAN: &str = "Photosynthesis is how plants makes sugar out of light.\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    behaviour: Value,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    asymmetric: bool,
    ends: String,
    code: Option<String>,
    says: Option<String>,
    requests: Option<usize>,
    callbacks: Option<usize>,
    #[serde(default)]
    another_in_review: bool,
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
    stream::iter(folders)
        .for_each_concurrent(SIDE_BY_SIDE, async |folder| {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let case = fs::read_to_string(folder.join("case.json")).unwrap();
            let case: Case = serde_json::from_str(&case).unwrap_or_else(|error| panic!("{name}: {error}"));
            eprintln!("{name}: {}", case.why);
            run(&name, case, &undisturbed).await;
            eprintln!("{name}: ok");
        })
        .await;
}

async fn run(name: &str, case: Case, undisturbed: &Value) {
    let variables = case.variables.clone();
    let rig = Rig::with(|options, _| {
        options.variables.extend(variables);
        options.asymmetric_callbacks = case.asymmetric;
    })
    .await;
    let mut rules = case.behaviour.as_array().unwrap().clone();
    rules.insert(0, json!({ "do": "callback-never", "name": ANOTHER }));
    rig.misbehave(&rules.into()).await;
    let another = if case.another_in_review {
        Some(another_in_review(&rig).await)
    } else {
        None
    };
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
    let requests = entries(&rig, "request", &document).await;
    if let Some(expected) = case.requests {
        assert_eq!(requests.len(), expected, "{name}: {requests:#?}");
    }
    let keys: BTreeSet<_> = requests
        .iter()
        .map(|request| request["idempotency_key"].as_str().unwrap())
        .collect();
    assert!(keys.is_subset(&BTreeSet::from([document.as_str()])), "{name}: {keys:?}");
    if let Some(callbacks) = case.callbacks {
        eventually("the third party has called back as often as it does", async || {
            (entries(&rig, "callback", &document).await.len() == callbacks).then_some(())
        })
        .await;
        assert_eq!(
            rig.document(&submission).await,
            settled,
            "{name}: a callback changed it"
        );
    }
    if let Some((submission, before)) = another {
        assert_eq!(
            rig.document(&submission).await,
            before,
            "{name}: another document changed"
        );
    }

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

/// A document that is in review, and stays there.
async fn another_in_review(rig: &Rig) -> (String, Value) {
    let (submission, _) = rig.hand_in(ANOTHER, "text/plain", PLAN.into()).await;
    let in_review = eventually("another document is in review", async || {
        let document = rig.document(&submission).await;
        (document["state"] == "in-review").then_some(document)
    })
    .await;
    (submission, in_review)
}

/// What the third party's log has about a document, of one kind.
async fn entries(rig: &Rig, event: &str, document: &str) -> Vec<Value> {
    let log = rig.vendor_log().await.into_iter();
    log.filter(|entry| entry["event"] == event && entry["reference"] == document)
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

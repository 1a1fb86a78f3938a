//! Documents are normalized again from what is in the bucket, and versions of their structure are read side by side.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;

use end_to_end::versions::{copy_of_the_application, replace, with_version};
use end_to_end::{Rig, eventually};
use reqwest::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};

async fn hand_in(rig: &Rig) -> (String, String) {
    let text = b"Photosynthesis is how plants makes sugar out of light.\n".to_vec();
    let handed_in = rig.hand_in("plan.txt", "text/plain", text).await;
    assert_eq!(rig.settled(&handed_in.0).await["state"], "ready");
    handed_in
}

async fn version(rig: &Rig, document: &str) -> Value {
    rig.normalized(document).await.json()["review"]["adapter"]["version"].clone()
}

/// What an older adapter made is made anew by a newer one, and nobody is asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_adapter_made_is_made_again_without_asking_the_vendor() {
    let rig = Rig::with(|options, folder| options.manifest = copy_of_the_application(folder)).await;
    let old = [hand_in(&rig).await, hand_in(&rig).await];
    let before = rig.normalized(&old[0].1).await.json();
    assert_eq!(before["review"]["adapter"]["version"], "0.1.0");

    let adapter = rig.folder().join("target/wasm32-wasip2/release/review_adapter.wasm");
    replace(&adapter, &with_version(&fs::read(&adapter).unwrap(), "0.1.7"));
    eventually("the new adapter is used", async || {
        let (_, document) = hand_in(&rig).await;
        (version(&rig, &document).await == "0.1.7").then_some(())
    })
    .await;
    assert_eq!(
        version(&rig, &old[0].1).await,
        "0.1.0",
        "nothing is made again by itself"
    );
    let asked = rig.vendor_log().await.len();

    for (wanted, problem) in [
        (json!({ "adapter_before": "new" }), "invalid-parameter"),
        (json!({ "vendors": "review" }), "invalid-json"),
    ] {
        let answer = rig.operator.post("/v1/renormalize", &wanted).await;
        assert_eq!(answer.problem(), problem, "{wanted}");
    }
    for (wanted, queued) in [
        (json!({ "vendor": "another" }), 0),
        (json!({ "adapter_before": "0.1.0" }), 0),
        (json!({ "adapter_before": "0.1.7", "submission": old[0].0 }), 1),
        (json!({ "adapter_before": "0.1.7", "vendor": "review" }), 1),
    ] {
        let done = rig.operator.post("/v1/renormalize", &wanted).await.json();
        assert_eq!(
            (&done["queued"], &done["troubles"]),
            (&json!(queued), &json!([])),
            "{wanted}: {done:#}"
        );
        if queued == 1 {
            // Until that is done, it would be on its way already, and pressing twice does nothing.
            eventually("it is made again", async || {
                let listed = rig.operator.get("/v1/queues").await.json();
                (listed["queues"][2]["depth"] == 0).then_some(())
            })
            .await;
        }
    }
    for (submission, document) in &old {
        let settled = rig.settled(submission).await;
        assert_eq!(settled["state"], "ready");
        let events: Vec<_> = settled["history"].as_array().unwrap().iter().collect();
        let again = events.iter().filter(|event| event["event"] == "normalizing-again");
        assert_eq!(again.count(), 1, "{settled:#}");
        assert_eq!(version(&rig, document).await, "0.1.7");
    }
    let mut after = rig.normalized(&old[0].1).await.json();
    after["review"]["adapter"]["version"] = "0.1.0".into();
    assert_eq!(after, before, "all but the adapter's version is as it was");
    assert_eq!(rig.vendor_log().await.len(), asked, "the vendor heard nothing of it");
    rig.end().await;
}

/// A second version of the structure is served beside the first one: whoever reads up to version 1 gets version 1.
#[tokio::test(flavor = "multi_thread")]
async fn versions_of_the_canonical_document_are_served_side_by_side() {
    let rig = Rig::start().await;
    let (submission, document) = hand_in(&rig).await;
    let first = rig.normalized(&document).await;
    write_second_version(&rig);

    let path = format!("/v1/catalog/documents/{document}");
    let newest = read(&rig, &path).await;
    assert_eq!(newest["schema"], "version 2");
    for reads in ["1", "65535"] {
        let answer = read(&rig, &format!("{path}?schema={reads}")).await;
        let is_first = answer == first.json();
        assert_eq!(is_first, reads == "1", "{answer:#}");
    }
    for wrong in ["0", "-1", "one", "65536"] {
        let answer = rig.evaluator.get(&format!("{path}?schema={wrong}")).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "invalid-parameter")
        );
    }
    // In lists it is one document.
    let listed = rig
        .evaluator
        .get(&format!("/v1/catalog/submissions/{submission}"))
        .await
        .json();
    assert_eq!(listed["documents"].as_array().unwrap().len(), 1, "{listed:#}");
    let file = rig.evaluator.get(&format!("{path}/files/source")).await;
    assert_eq!(file.status, StatusCode::TEMPORARY_REDIRECT);
    rig.end().await;
}

/// A document, which need not be of the version that the committed description knows.
async fn read(rig: &Rig, path: &str) -> Value {
    let url = rig.stack.application().url().join(path).unwrap();
    let request = reqwest::Client::new()
        .get(url)
        .bearer_auth(&rig.stack.tokens().evaluator);
    request.send().await.unwrap().json().await.unwrap()
}

/// What a `normalize` of a later release would write.
fn write_second_version(rig: &Rig) {
    let database = Connection::open(rig.folder().join("data/state/sqlite_db.db")).unwrap();
    let columns = "submission, title, teacher, name, kind, media_type, vendor, adapter, adapter_version, annotations, normalized_at, \
                   tenant, evaluators, assigned_at";
    let statement = format!(
        "INSERT INTO documents (document, schema_version, {columns}, sha256, body) \
         SELECT document, 2, {columns}, 'second', json_set(body, '$.schema', 'version 2') FROM documents"
    );
    assert_eq!(database.execute(&statement, []).unwrap(), 1);
}

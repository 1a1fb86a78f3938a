//! A manifest that grants too little: the component gets the platform's error, and the document a recorded failure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::{Path, PathBuf};

use end_to_end::{Rig, project};
use reqwest::StatusCode;

/// The committed manifest with one of its lines replaced, beside the committed one's components.
fn manifest(folder: &Path, component: &str, grant: &str, instead: &str) -> PathBuf {
    let text = fs::read_to_string(project().join("spin.toml")).unwrap();
    let start = text.find(&format!("[component.{component}]")).unwrap();
    let at = start + text[start..].find(grant).unwrap();
    let changed = format!("{}{instead}{}", &text[..at], &text[at + grant.len()..]);
    let absolute = project().join("target");
    let changed = changed.replace("\"target/", &format!("\"{}/", absolute.display()));
    let path = folder.join("spin.toml");
    fs::write(&path, changed).unwrap();
    path
}

async fn rig_without(component: &'static str, grant: &'static str, instead: &'static str) -> Rig {
    Rig::with(|options, folder| options.manifest = manifest(folder, component, grant, instead)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn transfer_that_may_not_call_the_third_party_records_it() {
    let rig = rig_without("transfer", ", \"{{ vendor_origin }}\"", "").await;
    let (submission, _) = rig.hand_in("plan.txt", "text/plain", b"hello".to_vec()).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["failure"]["code"], "outbound-denied", "{settled:#}");
    assert!(
        settled["failure"]["message"]
            .as_str()
            .unwrap()
            .contains("allowed_outbound_hosts"),
        "{settled:#}"
    );
    assert!(rig.vendor_log().await.is_empty());
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_that_may_not_fetch_records_it() {
    let rig = rig_without("verify", ", \"{{ vendor_origin }}\"", "").await;
    let (submission, _) = rig.hand_in("plan.txt", "text/plain", b"hello".to_vec()).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["failure"]["code"], "outbound-denied", "{settled:#}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn normalize_without_a_database_records_it() {
    let rig = rig_without("normalize", "sqlite_databases = [\"default\"]", "sqlite_databases = []").await;
    let (submission, _) = rig.hand_in("plan.txt", "text/plain", b"hello".to_vec()).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "failed", "{settled:#}");
    assert!(
        settled["failure"]["code"].as_str().unwrap().starts_with("database"),
        "{settled:#}"
    );
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_that_may_not_reach_redis_says_nothing_of_it_to_the_caller() {
    let rig = rig_without("upload", "\"{{ redis_address }}\", ", "").await;
    let answer = rig.teacher.get("/v1/submissions").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("redis"),
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    rig.end().await;
}

//! Files that come back, and lines that do not hold.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::Rig;
use serde_json::json;
use sha2::Digest as _;

/// A text of several pieces, of which the proofreader passes over all: it is no English.
fn long_text() -> String {
    let mut text = String::new();
    for number in 0..90_000_u32 {
        text += "Numéro ";
        text += &number.to_string();
        text += " : la plante reçoit la lumière du soleil, et la garde pour la nuit longue et froide.\n\n";
    }
    text
}

/// What has arrived before the connection broke is not fetched again.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_is_continued_by_the_next_attempt() {
    let rig = Rig::start().await;
    rig.misbehave(&json!([{ "do": "file-broken-off", "role": "text", "times": 1 }]))
        .await;
    let (submission, document) = rig.hand_in("plan.txt", "text/plain", long_text().into()).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");

    let downloads: Vec<_> = rig
        .vendor_log()
        .await
        .into_iter()
        .filter(|entry| entry["event"] == "download" && entry["role"] == "text")
        .collect();
    let statuses: Vec<_> = downloads
        .iter()
        .map(|entry| entry["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [200, 206], "{downloads:#?}");

    let normalized = rig.normalized(&document).await.json();
    let files = normalized["files"].as_array().unwrap();
    let text = files.iter().find(|file| file["role"] == "text").unwrap();
    let answer = rig.evaluator.get(text["href"].as_str().unwrap()).await;
    let bytes = reqwest::get(answer.header("location").unwrap())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(bytes.len() > 8 << 20, "it takes several pieces: {}", bytes.len());
    let digest: [u8; 32] = sha2::Sha256::digest(&bytes).into();
    assert_eq!(text["sha256"], portfolio::Sha256::from(digest).to_string());
    rig.end().await;
}

//! Links that a third party might give, followed by nobody: the table of `tests/attacks/links.json` at the real component.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use end_to_end::{Rig, eventually, policy, project};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use webhook_signature::Signer;

/// How many links are in one callback.
const AT_ONCE: usize = 24;

/// Counts who comes.
async fn canary() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let visitors = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&visitors);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counting.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, visitors)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_leads_anywhere_but_to_a_configured_origin() {
    let once = ("verify_policy".to_owned(), policy(1, None));
    let rig = Rig::with(|options, _| options.variables.extend([once])).await;
    rig.misbehave(&json!([{ "do": "callback-never" }])).await;
    let (port, visitors) = canary().await;

    let table: Value =
        serde_json::from_slice(&std::fs::read(project().join("tests/attacks/links.json")).unwrap()).unwrap();
    let vendor = rig.stack.review_service_url().clone();
    let configured = vendor.as_str().trim_end_matches('/');
    let host = format!("{}:{}", vendor.host_str().unwrap(), vendor.port().unwrap());
    let links: Vec<String> = table["refused"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|kind| kind["links"].as_array().unwrap())
        .map(|link| {
            let link = link.as_str().unwrap().replace("{configured}", configured);
            link.replace("{host}", &host).replace("{port}", &port.to_string())
        })
        .collect();

    for some in links.chunks(AT_ONCE) {
        let (submission, document) = rig.hand_in("plan.txt", "text/plain", b"hello".to_vec()).await;
        let review = eventually("the document is in review", async || {
            let is_there = rig.document(&submission).await["state"] == "in-review";
            let log = rig.vendor_log().await;
            let of = |entry: &&Value| entry["reference"] == document.as_str() && entry["review"].is_string();
            let review = log
                .iter()
                .find(of)
                .map(|entry| entry["review"].as_str().unwrap().to_owned());
            review.filter(|_| is_there)
        })
        .await;
        let file = |link: &String| {
            json!({ "role": "text", "name": "text.txt", "url": link, "media_type": "text/plain", "size": 3,
                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" })
        };
        let body = json!({ "type": "review.completed", "timestamp": "2026-11-24T08:00:00Z", "data": {
            "id": review, "reference": document, "completed_at": "2026-11-24T08:00:00Z",
            "files": some.iter().map(file).collect::<Vec<_>>() } })
        .to_string();
        call_back(&rig, &document, &body).await;

        let settled = rig.settled(&submission).await;
        assert_eq!(settled["failure"]["code"], "files-incorrect", "{settled:#}");
        let reasons = settled["failure"]["message"].as_str().unwrap();
        assert_eq!(
            reasons.matches("text: its link").count(),
            some.len(),
            "{some:#?}\n{reasons}"
        );
    }
    assert_eq!(visitors.load(Ordering::SeqCst), 0, "somebody was called");
    println!("{} links: all of them refused, nobody was called", links.len());
    rig.end().await;
}

async fn call_back(rig: &Rig, id: &str, body: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let signer: Signer = rig.stack.secrets().webhook_secret.parse().unwrap();
    let signature = signer.sign(id, i64::try_from(now).unwrap(), body.as_bytes());
    let now = now.to_string();
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id),
        ("webhook-timestamp", &now),
        ("webhook-signature", &signature),
    ];
    let answer = rig
        .stranger
        .send(Method::POST, "/v1/callbacks/review", &headers, body.into())
        .await;
    assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
}

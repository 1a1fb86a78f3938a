//! How long it takes from the bucket's event until the third party has heard of the document.
//!
//! `cargo bench --workspace --bench first-word -- --per-second 1 --per-second 100` uploads short plans at each rate,
//! and compares when the bucket had acknowledged each, which is when it sends its event, with when the review service
//! answered to the request about it. Everything behind that goes on at the same time: reviews, callbacks, the database; with
//! `--refused` there is nothing behind it.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should panic")]

use std::collections::HashMap;
use std::time::Duration;

use clap::Parser;
use end_to_end::{Rig, eventually};
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// How many documents a submission has here.
const TOGETHER: usize = 20;

#[derive(Parser)]
struct Arguments {
    /// How many documents are uploaded in a second.
    #[arg(long = "per-second", required = true)]
    rates: Vec<u32>,
    /// Have the third party refuse everything, so that no proofreading takes processor time from what is measured.
    #[arg(long)]
    refused: bool,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    for rate in &arguments.rates {
        // Enough to speak of a percentile, and no more than the review service remembers.
        let count = (rate * 10).clamp(100, 1000);
        let mut waits = measure(*rate, count, arguments.refused).await;
        waits.sort_unstable();
        let at = |share: usize| waits[(waits.len() - 1) * share / 100];
        println!(
            "{rate} a second, {} documents: median {:?}, 99th percentile {:?}, longest {:?}",
            waits.len(),
            at(50),
            at(99),
            at(100)
        );
    }
}

async fn measure(rate: u32, count: u32, refused: bool) -> Vec<Duration> {
    let rig = Rig::with(|options, _| {
        let many = r#"{"submissions_per_day":100000}"#;
        options.variables.insert("submission_limits".into(), many.into());
    })
    .await;
    if refused {
        rig.misbehave(&json!([{ "do": "refuse" }])).await;
    }
    // Announced beforehand: what is measured begins with the upload.
    let mut uploads = Vec::new();
    while uploads.len() < count as usize {
        uploads.extend(announce(&rig, TOGETHER.min(count as usize - uploads.len())).await);
    }
    let http = Client::new();
    let mut interval = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut puts = Vec::new();
    for (document, upload, text) in uploads {
        interval.tick().await;
        puts.push(tokio::spawn(put(http.clone(), document, upload, text)));
    }
    let mut acknowledged = Vec::new();
    for put in puts {
        acknowledged.push(put.await.unwrap());
    }
    let heard = eventually("the review service has heard of all", async || {
        let mut heard = HashMap::new();
        for (document, at) in rig.vendor_log().await.iter().filter_map(request) {
            heard.entry(document).or_insert(at);
        }
        (heard.len() >= acknowledged.len()).then_some(heard)
    })
    .await;
    rig.end().await;
    acknowledged
        .iter()
        .map(|(document, sent)| heard[document].duration_since(*sent).try_into().unwrap_or_default())
        .collect()
}

/// Uploads a document; gives back when the bucket had acknowledged it.
async fn put(http: Client, document: String, upload: Value, text: String) -> (String, Timestamp) {
    let mut request = http.put(upload["url"].as_str().unwrap());
    for (name, value) in upload["headers"].as_object().unwrap() {
        if name != "content-length" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    let status = request.body(text).send().await.unwrap().status();
    let acknowledged = Timestamp::now();
    assert_eq!(status, StatusCode::OK);
    (document, acknowledged)
}

async fn announce(rig: &Rig, count: usize) -> Vec<(String, Value, String)> {
    let text = |number: usize| format!("Plan {number:04}: leaves are green.\n");
    let document = |number: usize| json!({ "name": format!("{number}.txt"), "kind": "lesson-plan", "media_type": "text/plain", "size": text(number).len() });
    let documents: Vec<Value> = (0..count).map(document).collect();
    let answer = rig
        .teacher
        .post(
            "/v1/submissions",
            &json!({ "title": "Figures", "documents": documents }),
        )
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let submission = answer.json();
    let documents = submission["documents"].as_array().unwrap().iter().enumerate();
    documents
        .map(|(number, document)| {
            (
                document["id"].as_str().unwrap().to_owned(),
                document["upload"].clone(),
                text(number),
            )
        })
        .collect()
}

/// The document and the time of the first request about it.
fn request(entry: &Value) -> Option<(String, Timestamp)> {
    let document = entry["reference"].as_str().filter(|_| entry["event"] == "request")?;
    Some((document.to_owned(), entry["at"].as_str()?.parse().ok()?))
}

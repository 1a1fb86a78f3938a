//! How many signatures a second the component gives, beside the same signing in a native HTTP service out of the same crates.
//!
//! ```text
//! cargo build --profile bench --workspace --bins
//! cargo bench --workspace --bench signer -- --native target/release/native-signer
//! ```
//!
//! Host, native service and the load that is put on both in turns are built with the same profile, which is optimized.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should panic"
)]

#[path = "scene/mod.rs"]
mod scene;

use std::path::PathBuf;
use std::process::Stdio;

use clap::Parser;
use end_to_end::Caller;
use reqwest::StatusCode;
use scene::Scene;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[derive(Parser)]
struct Arguments {
    /// The program of the package `native-signer`.
    #[arg(long)]
    native: PathBuf,
    /// How often each has its turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many requests are on their way at once.
    #[arg(long, default_value_t = 16)]
    at_once: usize,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let scene = Scene::set().await;
    let services = &scene.services;

    let mut native = Command::new(&arguments.native);
    for (name, value) in services.variables() {
        native.env(format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase()), value);
    }
    native.arg("serve").stdout(Stdio::piped()).kill_on_drop(true);
    let mut native = native.spawn().expect("the native service runs");
    let mut address = String::new();
    BufReader::new(native.stdout.as_mut().unwrap())
        .read_line(&mut address)
        .await
        .unwrap();

    let token = &services.tokens().teacher;
    let teacher = Caller::new(services.application_url(), Some(token));
    let (path, body) = begin(&teacher).await;
    let component = services.application_url().join(&path).unwrap();
    let service = format!("{}{path}", address.trim());

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=arguments.rounds {
        let one = load(&arguments, component.as_str(), token, &body).await;
        let other = load(&arguments, &service, token, &body).await;
        // The first round warms both up.
        if round > 0 {
            println!("round {round}: component {one:7.0} signatures/s, native {other:7.0} signatures/s");
            ours.push(one);
            theirs.push(other);
        }
    }
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "median: component {ours:.0}, native {theirs:.0}, ratio {:.2}",
        ours / theirs
    );
    drop(native);
    scene.end().await;
}

/// Begins an upload of two parts; gives the path under which requests are signed, and what asks for the second part.
async fn begin(teacher: &Caller) -> (String, String) {
    let size = (5 << 20) + 1;
    let document = json!({ "name": "lesson.mp4", "kind": "classroom-video", "media_type": "video/mp4", "size": size });
    let declaration = json!({ "title": "Figures", "documents": [document] });
    let submission = teacher.post("/v1/submissions", &declaration).await.json();
    let (id, document) = (&submission["id"], &submission["documents"][0]["id"]);
    let path = format!(
        "/v1/submissions/{}/documents/{}/sign",
        id.as_str().unwrap(),
        document.as_str().unwrap()
    );
    let create = teacher.post(&path, &json!({ "method": "POST" })).await.json();
    let request = reqwest::Client::new().post(create["url"].as_str().unwrap());
    let answer = request
        .header("content-type", "video/mp4")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let upload_id = bucket::read_upload_id(&answer).unwrap();
    let body = json!({ "method": "PUT", "uploadId": upload_id, "partNumber": 2 });
    // The first signature of a part is what tells the application of the upload.
    assert_eq!(teacher.post(&path, &body).await.status, StatusCode::OK);
    (path, body.to_string())
}

async fn load(arguments: &Arguments, url: &str, token: &str, body: &str) -> f64 {
    let mut command = Command::new(&arguments.native);
    command
        .args(["load", url, token, body])
        .arg(format!("--at-once={}", arguments.at_once));
    let output = command.stderr(Stdio::inherit()).output().await.unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).expect("it says how many it got");
    said["per_second"].as_f64().unwrap()
}

//! What checking a token costs a request, in the real host: one route with the check and without it, in one run.
//!
//! `cargo run --workspace --example token-check`, or with `--release` for the host's own speed.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use end_to_end::{Rig, changed, project};
use serde_json::json;

/// How many requests of each kind are made.
const REQUESTS: usize = 1500;

fn guest() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project().join("target"), PathBuf::from);
    let target = target.join("measured-guests");
    let status = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--quiet",
            "--target",
            "wasm32-wasip2",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(project().join("tests/guests/token-check"))
        .status()
        .unwrap();
    assert!(status.success(), "the guest is built");
    target.join("wasm32-wasip2/release/token_check.wasm")
}

/// The committed manifest with the guest in the place of `upload`.
fn manifest(folder: &Path, guest: &Path) -> PathBuf {
    changed(folder, |text| {
        let source = r#"source = "target/wasm32-wasip2/release/upload.wasm""#;
        assert!(text.contains(source));
        text.replace(source, &format!("source = {:?}", guest.display().to_string()))
    })
}

#[tokio::main]
async fn main() {
    let guest = guest();
    let rig = Rig::with(|options, folder| options.manifest = manifest(folder, &guest)).await;
    let tokens: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let claims = json!({
                "iss": dev_stack::keys::ISSUER, "aud": dev_stack::keys::AUDIENCE, "exp": 4_000_000_000_u64,
                "sub": "teacher", "tenant": dev_stack::keys::TENANT, "scope": "submit", "jti": number,
            });
            rig.stack.keys().sign(&claims).unwrap()
        })
        .collect();
    let http = reqwest::Client::new();
    let url = rig.stack.application().url().join("v1/submissions").unwrap();
    let unchecked = rig.stack.application().url().join("v1/submissions?unchecked").unwrap();
    let ask = async |url: &reqwest::Url, token: &str| {
        let begun = Instant::now();
        let answer = http.get(url.clone()).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        begun.elapsed()
    };
    // One of each in turn, so that what disturbs the machine disturbs all of them.
    let (mut without, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for token in &tokens {
        without.push(ask(&unchecked, token).await);
        first.push(ask(&url, token).await);
        again.push(ask(&url, token).await);
    }
    let [without, first, again] = [without, first, again].map(median);
    let ratio = |with: Duration| with.as_secs_f64() / without.as_secs_f64();
    println!("without a check                    {without:.1?}");
    println!(
        "with a token that is new           {first:.1?}, {:.2} times as long",
        ratio(first)
    );
    println!(
        "with a token that was seen before  {again:.1?}, {:.2} times as long",
        ratio(again)
    );
    rig.end().await;
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

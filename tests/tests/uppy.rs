//! Uppy, unmodified, and the application's own pages in a real browser. The tests themselves are in `tests/uppy`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::process::Command;

use end_to_end::{Rig, project};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node.js, Chromium and `npm ci` in tests/uppy: `cargo xtask test` sees to all of them"]
async fn uppy_uploads_in_chromium() {
    run("uploads.test.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node.js, Chromium and `npm ci` in tests/uppy: `cargo xtask test` sees to all of them"]
async fn the_pages_upload_in_chromium() {
    run("pages.test.mjs").await;
}

async fn run(tests: &str) {
    let rig = Rig::start().await;
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", tests])
        .current_dir(project().join("tests/uppy"))
        .env("DOSSIER_URL", rig.stack.application().url().as_str())
        .env("DOSSIER_TOKEN", &rig.stack.tokens().teacher)
        .env("CHROMIUM", chromium);
    let status = tokio::task::spawn_blocking(move || node.status()).await.unwrap();
    assert!(status.unwrap().success(), "its tests say above what failed");
    rig.end().await;
}

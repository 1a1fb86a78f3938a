//! A component whose file changes while the application runs.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::rig::{Folder, body, get};

const MANIFEST: &str = r#"
spin_manifest_version = 2
application = { name = "reload" }
[[trigger.http]]
route = "/..."
component = "probe"
[[trigger.http]]
route = "/front/:name"
component = "front"
[component.probe]
source = "probe.wasm"
[component.front]
source = "front.wasm"
[component.front.dependencies]
"test:guests/greeter" = { path = "greeter.wasm" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_next_request_runs_the_new_code_and_the_one_at_hand_ends_on_the_old() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let address = app.address();
    assert_eq!(body(&app, "/version").await, "probe version 1");
    let at_hand = tokio::spawn(async move { get(address, "/sleep?ms=2000").await });
    while app.counters()["probe"].http_requests < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    folder.replace("probe.wasm", "probe version 1", "probe version 2");
    assert_eq!(body(&app, "/version").await, "probe version 2");
    assert_eq!(at_hand.await.unwrap().body, "probe version 1, event 2");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_changes_nothing_until_it_is_whole() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    assert_eq!(body(&app, "/count").await, "1");
    let file = folder.path().join("probe.wasm");
    let old = fs::read(&file).unwrap();
    let new = crate::rig::replaced(&old, "probe version 1", "probe version 2");
    for part in [&new[..0], &new[..new.len() / 2], b"not a component at all"] {
        fs::write(&file, part).unwrap();
        assert_eq!(body(&app, "/version").await, "probe version 1");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(body(&app, "/version").await, "probe version 1");
    fs::write(&file, &new).unwrap();
    assert_eq!(body(&app, "/version").await, "probe version 2");

    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_written_anew_with_the_same_content_keeps_its_instances() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let file = folder.path().join("probe.wasm");
    let content = fs::read(&file).unwrap();
    loop {
        let begin = Instant::now();
        let before: u32 = body(&app, "/count").await.parse().unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        fs::write(&file, &content).unwrap();
        let after: u32 = body(&app, "/count").await.parse().unwrap();
        // On a machine that is busy elsewhere, the instance may have gone for want of anything to do.
        if begin.elapsed() < Duration::from_millis(900) {
            assert_eq!(after, before + 1);
            break;
        }
    }
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_changes_is_composed_anew() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    assert_eq!(body(&app, "/front/ann").await, "good morning, front/ann");
    folder.replace("greeter.wasm", "good morning", "good evening");
    assert_eq!(body(&app, "/front/ann").await, "good evening, front/ann");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_under_load() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let address = app.address();
    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let enough = Arc::clone(&enough);
            tokio::spawn(async move {
                let mut answers = 0;
                while !enough.load(Ordering::Relaxed) {
                    let answer = get(address, "/sleep?ms=3").await;
                    assert!(answer.body.starts_with("probe version "), "{answer:?}");
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    for version in 1..4 {
        let (old, new) = (
            format!("probe version {version}"),
            format!("probe version {}", version + 1),
        );
        folder.replace("probe.wasm", &old, &new);
        assert_eq!(body(&app, "/version").await, new);
    }
    enough.store(true, Ordering::Relaxed);
    let mut answers = 0;
    for client in clients {
        answers += client.await.unwrap();
    }
    assert!(answers > 8, "there was a load");
    app.shutdown().await;
}

//! How instances live, and what keeps them apart.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::rig::{Folder, PATIENCE, ask, body, get};
use futures::future::join_all;
use http::StatusCode;

/// Within this time an instance that has nothing to do is not given up.
const IDLE: Duration = Duration::from_millis(900);

const MANIFEST: &str = r#"
spin_manifest_version = 2
application = { name = "instances" }
[[trigger.http]]
route = "/..."
component = "probe"
[component.probe]
source = "probe.wasm"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_answers_128_requests() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let mut answered = 0;
    let mut last = Instant::now();
    loop {
        let count: u32 = body(&app, "/count").await.parse().unwrap();
        let paused = last.elapsed() > IDLE;
        last = Instant::now();
        match count {
            1 if answered == 128 => break,
            // On a machine that is busy elsewhere, the instance may have had nothing to do for too long.
            1 if answered == 0 || paused => answered = 1,
            _ => {
                assert_eq!(count, answered + 1);
                answered = count;
            }
        }
    }
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_answers_16_requests_at_once() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let before = Instant::now();
    join_all((0..48).map(|_| body(&app, "/sleep?ms=500"))).await;
    let instances = app.counters()["probe"].instances;
    assert!(
        (3..=48).contains(&instances),
        "48 requests at once take at least 3 instances, not {instances}"
    );
    assert!(
        before.elapsed() < Duration::from_secs(20),
        "and do not wait for each other"
    );
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_with_nothing_to_do_goes_after_a_second() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    assert_eq!(body(&app, "/count").await, "1");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(body(&app, "/count").await, "1");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_costs_its_instance_only() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    assert_eq!(body(&app, "/count").await, "1");
    let answer = get(app.address(), "/trap").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "")
    );
    assert_eq!(body(&app, "/count").await, "1");
    app.shutdown().await;
}

/// More guests that compute without end than there are threads to run them.
#[tokio::test(flavor = "multi_thread")]
async fn guests_that_compute_starve_nobody_and_outlive_nothing() {
    let folder = Folder::new(MANIFEST);
    let mut options = folder.options();
    options.drain = Duration::from_millis(100);
    let app = options.start().await.unwrap();
    let address = app.address();
    let threads = std::thread::available_parallelism().unwrap().get();
    let endless: Vec<_> = (0..threads + 2)
        .map(|_| tokio::spawn(async move { get(address, "/compute").await }))
        .collect();
    while app.counters()["probe"].http_requests < endless.len() as u64 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..5 {
        body(&app, "/version").await;
    }
    tokio::time::timeout(PATIENCE, app.shutdown())
        .await
        .expect("a shutdown waits no longer than it is told");
    for request in endless {
        assert!(request.await.is_err(), "their connections are closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_finishes_the_requests_at_hand() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let address = app.address();
    let request = tokio::spawn(async move { get(address, "/sleep?ms=300").await });
    while app.counters()["probe"].http_requests == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    app.shutdown().await;
    assert_eq!(request.await.unwrap().body, "probe version 1, event 1");
    assert!(
        tokio::net::TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_stream_through() {
    let folder = Folder::new(MANIFEST);
    let app = folder.options().start().await.unwrap();
    let sent = "0123456789abcdef".repeat(200_000);
    let answer = ask(app.address(), "/echo", &std::collections::BTreeMap::new(), &sent).await;
    assert!(
        answer.body == sent,
        "{} bytes of {} came back",
        answer.body.len(),
        sent.len()
    );
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_components_print_goes_into_files() {
    let folder = Folder::new(MANIFEST);
    let mut options = folder.options();
    options.logs = Some(folder.path().join("logs"));
    let app = options.start().await.unwrap();
    body(&app, "/print?text=hello").await;
    app.shutdown().await;
    let read = |name: &str| fs::read_to_string(folder.path().join("logs").join(name)).unwrap();
    assert_eq!(read("probe_stdout.txt"), "to standard output: hello\n");
    assert_eq!(read("probe_stderr.txt"), "to standard error: hello\n");
}

//! How honest callers fare while a hundred clients send their requests byte by byte, and forged callbacks come in as fast as
//! they can be sent.
//!
//! ```text
//! cargo bench --workspace --bench crowd
//! ```
//!
//! Quiet and crowded seconds take turns in one run; what counts is their ratio. Everything is on one machine: whoever attacks
//! takes processor time from whoever is attacked, too.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should panic"
)]

#[path = "scene/mod.rs"]
mod scene;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use reqwest::Client;
use scene::Scene;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::Url;

#[derive(Parser)]
struct Arguments {
    /// How many clients send their requests byte by byte.
    #[arg(long, default_value_t = 100)]
    slow: usize,
    /// How many forged callbacks are on their way at once.
    #[arg(long, default_value_t = 4)]
    forged: usize,
    /// How often quiet and crowded seconds take turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each turn lasts, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How many honest requests are made in a second: what is measured is how long each takes, not how many there can be.
const HONEST_PER_SECOND: u32 = 100;

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let scene = Scene::set().await;
    let memory = scene.watch();
    let turn = Duration::from_secs(arguments.seconds);
    let statuses = Arc::new(Mutex::new(BTreeMap::new()));
    honest(&scene, Duration::from_secs(2)).await;

    let (mut quiet, mut crowded) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        let one = honest(&scene, turn).await;
        let crowd = crowd(&scene, &arguments, &statuses);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let other = honest(&scene, turn).await;
        drop(crowd);
        println!("round {round}: quiet {}, crowded {}", figures(&one), figures(&other));
        quiet.extend(one);
        crowded.extend(other);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("forged callbacks, by answer: {:?}", statuses.lock().unwrap());
    println!(
        "all: quiet {}, crowded {}, ratio of the 99th percentiles {:.2}",
        figures(&quiet),
        figures(&crowded),
        at(&crowded, 99).as_secs_f64() / at(&quiet, 99).as_secs_f64()
    );
    let mebibytes = |bytes| bytes / (1 << 20);
    println!(
        "memory of the host: {} MiB before, {} MiB at most",
        mebibytes(memory.before),
        mebibytes(memory.peak())
    );
    scene.end().await;
}

fn at(times: &[Duration], share: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() - 1) * share / 100]
}

fn figures(times: &[Duration]) -> String {
    format!(
        "{} requests, median {:.1?}, 99th percentile {:.1?}",
        times.len(),
        at(times, 50),
        at(times, 99)
    )
}

/// A teacher who looks at their submissions, at an even pace.
async fn honest(scene: &Scene, turn: Duration) -> Vec<Duration> {
    let client = Client::new();
    let url = scene.services.application_url().join("v1/submissions?limit=5").unwrap();
    let token = &scene.services.tokens().teacher;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / HONEST_PER_SECOND);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let (begun, mut requests) = (Instant::now(), JoinSet::new());
    while begun.elapsed() < turn {
        pace.tick().await;
        let request = client.get(url.clone()).bearer_auth(token);
        requests.spawn(async move {
            let begun = Instant::now();
            let answer = request.send().await.expect("an honest request is answered");
            answer
                .error_for_status()
                .expect("with what was asked for")
                .bytes()
                .await
                .unwrap();
            begun.elapsed()
        });
    }
    requests.join_all().await
}

/// The crowd stays for as long as the value.
fn crowd(scene: &Scene, arguments: &Arguments, statuses: &Arc<Mutex<BTreeMap<u16, u64>>>) -> JoinSet<()> {
    let mut crowd = JoinSet::new();
    let url = scene.services.application_url();
    let address = url.socket_addrs(|| None).unwrap()[0];
    for _ in 0..arguments.slow {
        crowd.spawn(slow(address, scene.services.tokens().teacher.clone()));
    }
    for _ in 0..arguments.forged {
        crowd.spawn(forge(url.join("v1/callbacks/review").unwrap(), Arc::clone(statuses)));
    }
    crowd
}

/// A request that never comes to its end.
async fn slow(address: SocketAddr, token: String) {
    let Ok(mut connection) = TcpStream::connect(address).await else {
        return;
    };
    let head = format!(
        "POST /v1/submissions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 10000\r\n\r\n"
    );
    if connection.write_all(head.as_bytes()).await.is_err() {
        return;
    }
    while connection.write_all(b" ").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Callbacks that somebody else has signed.
async fn forge(url: Url, statuses: Arc<Mutex<BTreeMap<u16, u64>>>) {
    let client = Client::new();
    let body = vec![b'x'; 64 * 1024];
    for number in 0_u64.. {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let request = client
            .post(url.clone())
            .header("webhook-id", format!("forged-{number}"))
            .header("webhook-timestamp", now.unwrap().as_secs().to_string())
            .header("webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .header("content-type", "application/json")
            .body(body.clone());
        if let Ok(answer) = request.send().await {
            *statuses.lock().unwrap().entry(answer.status().as_u16()).or_insert(0) += 1;
        }
    }
}

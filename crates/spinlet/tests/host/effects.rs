//! Effects are traced, and the process crashes where it is told to.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
};

use serde_json::Value;
use spinlet::Effects;

use crate::rig::{Folder, Redis, body, get};

const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "effects"

[variables]
redis_address = { default = "redis://127.0.0.1:6379" }

[[trigger.http]]
route = "/..."
component = "probe"

[[trigger.http]]
route = "/other/..."
component = "other"

[component.probe]
source = "probe.wasm"
allowed_outbound_hosts = ["http://127.0.0.1:*", "redis://127.0.0.1:*"]
sqlite_databases = ["default"]
variables = { redis_address = "{{ redis_address }}" }

[component.other]
source = "probe.wasm"
allowed_outbound_hosts = ["redis://127.0.0.1:*"]
variables = { redis_address = "{{ redis_address }}" }
"#;

fn trace(folder: &Folder) -> Vec<(u64, String, String)> {
    let text = fs::read_to_string(folder.path().join("trace.jsonl")).unwrap();
    let effects = text.lines().map(|line| {
        let effect: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| effect[name].as_str().unwrap().to_owned();
        let what = format!("{} {}", word("kind"), word("what"));
        (effect["effect"].as_u64().unwrap(), word("component"), what)
    });
    effects.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_are_traced_without_secrets() {
    let redis = Redis::start();
    let folder = Folder::new(MANIFEST);
    let mut options = folder.options();
    let mut effects = Effects::new();
    effects.trace = Some(folder.path().join("trace.jsonl"));
    effects.components = ["probe".to_owned()].into();
    options.effects = Some(effects);
    let app = options.start().await.unwrap();
    let address = redis.address();
    body(&app, &format!("/other/redis?address={address}")).await;
    body(&app, &format!("/redis?address={address}")).await;
    body(&app, "/sqlite?database=default&statement=SELECT%201").await;
    let url = format!("http://{}/count", app.address());
    body(&app, &format!("/http?url={url}%3Ftoken%3Dsecret")).await;
    // What is denied never leaves the process.
    body(&app, "/http?url=http://example.com/").await;
    app.shutdown().await;

    let expected = [
        "redis SET",
        "redis GET",
        "redis EVAL",
        "redis HGETALL",
        "redis SADD",
        "redis DEL",
        "sqlite SELECT 1",
        &format!("http GET {url}"),
    ];
    let expected: Vec<_> = (1..)
        .zip(expected)
        .map(|(number, what)| (number, "probe".to_owned(), what.to_owned()))
        .collect();
    assert_eq!(trace(&folder), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_an_effect_leaves_nothing_of_it_and_one_after_it_all() {
    let redis = Redis::start();
    let folder = Folder::new(MANIFEST);
    let cache = folder.options().cache;
    for (crash, expected) in [("before:1", 0), ("after:1", 1), ("before:2", 1), ("after:6", 0)] {
        redis.command(&["DEL", "probe"]);
        let mut host = Command::new(env!("CARGO_BIN_EXE_spinlet"))
            .args(["up", "--listen", "127.0.0.1:0", "--crash", crash])
            .arg("--from")
            .arg(folder.path().join("spin.toml"))
            .arg("--cache-dir")
            .arg(&cache)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(host.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address: SocketAddr = line.trim().strip_prefix("http://").unwrap().parse().unwrap();
        let path = format!("/redis?address={}", redis.address());
        let asked = tokio::spawn(async move { get(address, &path).await });
        assert!(asked.await.is_err(), "{crash}: the connection breaks");
        let status = host.wait().unwrap();
        assert_eq!(status.signal(), Some(6), "{crash}: {status}");
        let found = redis.command(&["EXISTS", "probe"]);
        assert_eq!(found, redis::Value::Int(expected), "{crash}");
    }
}

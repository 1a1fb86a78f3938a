//! Applications that are asked over HTTP: a folder of `cases` each, with the manifest, what is handed in, and what must
//! come of it. A new case is a new folder.

use std::{collections::BTreeMap, fs, path::Path};

use crate::rig::{Folder, Redis};
use serde::Deserialize;

/// `case.toml`. In its texts, `[redis]` stands for the address of the Redis and `[app]` for host and port of the
/// application.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Whether the case needs a Redis, whose address becomes the variable `redis_address`.
    #[serde(default)]
    redis: bool,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    request: Vec<Asked>,
    /// What each component must have done in the end; every counter that is given.
    #[serde(default)]
    counters: BTreeMap<String, BTreeMap<String, u64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    send: String,
    #[serde(default = "ok")]
    status: u16,
    /// The whole answer; a JSON object is compared as far as it is given.
    body: String,
}

fn ok() -> u16 {
    200
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_comes_out_as_written() {
    let mut ran = 0;
    for case in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")).unwrap() {
        run(&case.unwrap().path()).await;
        ran += 1;
    }
    assert!(ran > 5, "the cases are found");
}

async fn run(path: &Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let read =
        |file: &str| fs::read_to_string(path.join(file)).unwrap_or_else(|error| panic!("{name}/{file}: {error}"));
    let case: Case = toml::from_str(&read("case.toml")).unwrap_or_else(|error| panic!("{name}: {error}"));
    let folder = Folder::new(&read("spin.toml"));
    let mut options = folder.options();
    options.variables = case.variables;
    if path.join("runtime-config.toml").exists() {
        options.runtime_config = Some(path.join("runtime-config.toml"));
    }
    let redis = case.redis.then(Redis::start);
    let redis_address = redis.as_ref().map(Redis::address).unwrap_or_default();
    if case.redis {
        options
            .variables
            .insert("redis_address".to_owned(), redis_address.clone());
    }
    let app = options.start().await.unwrap_or_else(|error| panic!("{name}: {error}"));
    let fill = |text: &str| {
        text.replace("[redis]", &redis_address)
            .replace("[app]", &app.address().to_string())
    };
    for asked in &case.request {
        let answer = crate::rig::ask(app.address(), &fill(&asked.path), &asked.headers, &asked.send).await;
        let context = format!("{name}: {}", asked.path);
        assert_eq!(answer.status.as_u16(), asked.status, "{context}: {}", answer.body);
        compare(&context, &answer.body, &fill(&asked.body));
    }
    let counters = app.counters();
    for (component, expected) in case.counters {
        let text = format!("{:?}", counters[&component]);
        for (counter, number) in expected {
            let pair = format!("{counter}: {number}");
            assert!(text.contains(&pair), "{name}: {component} must have {pair}: {text}");
        }
    }
    app.shutdown().await;
}

fn compare(context: &str, body: &str, expected: &str) {
    if let Ok(serde_json::Value::Object(expected)) = serde_json::from_str(expected) {
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{context}: {body}"));
        for (key, value) in &expected {
            assert_eq!(&body[key], value, "{context}: {key} in {body}");
        }
    } else {
        assert_eq!(body, expected.trim_end_matches('\n'), "{context}");
    }
}

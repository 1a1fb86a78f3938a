//! Random sequences of operations, held to a map.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Harness, S3, bytes, succeed};

/// What a client may do.
#[derive(Debug, Clone)]
enum Operation {
    Put {
        key: String,
        size: usize,
    },
    PutInPart {
        key: String,
        size: usize,
    },
    Copy {
        from: usize,
        to: String,
    },
    Delete {
        key: String,
    },
    Get {
        which: usize,
        from: usize,
        length: usize,
    },
    List {
        prefix: String,
        delimiter: bool,
        page: usize,
    },
    Restart,
}

/// Few keys, so that operations meet; they share prefixes and sort by bytes rather than by letters.
fn key() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        "[ab]{1,2}",
        "[a-c]/[ab]",
        Just("ü".to_owned()),
        Just("日本 語+%20".to_owned())
    ];
    (prop_oneof![Just(""), Just("a/"), Just("a/ü/"), Just("b//")], name)
        .prop_map(|(folder, name)| folder.to_owned() + &name)
}

fn operation() -> impl Strategy<Value = Operation> {
    let size = prop_oneof![Just(0), 1..100_usize, 200_000..300_000_usize];
    prop_oneof![
        6 => (key(), size.clone()).prop_map(|(key, size)| Operation::Put { key, size }),
        2 => (key(), size).prop_map(|(key, size)| Operation::PutInPart { key, size }),
        2 => (any::<usize>(), key()).prop_map(|(from, to)| Operation::Copy { from, to }),
        3 => key().prop_map(|key| Operation::Delete { key }),
        4 => (any::<usize>(), 0..300_000_usize, 1..300_000_usize)
            .prop_map(|(which, from, length)| Operation::Get { which, from, length }),
        3 => (prop_oneof!["", "a", "a/", "b/", "ü", "c"], any::<bool>(), 1..5_usize)
            .prop_map(|(prefix, delimiter, page)| Operation::List { prefix, delimiter, page }),
        1 => Just(Operation::Restart),
    ]
}

type Model = BTreeMap<String, Vec<u8>>;

/// The key that a number picks from those there are.
fn pick(model: &Model, which: usize) -> Option<&String> {
    model.keys().nth(which.checked_rem(model.len())?)
}

async fn get_range(client: &S3, model: &Model, key: &str, from: usize, length: usize) {
    let expected = &model[key];
    let range = format!("bytes={from}-{}", from + length - 1);
    let request = client.http.get(client.get_url(key)).header("range", range);
    let response = request.send().await.unwrap();
    if from >= expected.len() {
        assert_eq!(response.status(), 416);
    } else {
        assert_eq!(response.status(), 206);
        let end = expected.len().min(from + length);
        assert!(response.bytes().await.unwrap() == expected[from..end]);
    }
}

/// Lists page by page, and compares with what a plain reading of the map gives.
async fn list(client: &S3, model: &Model, prefix: &str, delimiter: bool, page: usize) {
    let mut expected_keys = Vec::new();
    let mut expected_prefixes = BTreeSet::new();
    for (key, bytes) in model {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        match rest.find('/').filter(|_| delimiter) {
            Some(position) => {
                expected_prefixes.insert(format!("{prefix}{}", &rest[..=position]));
            }
            None => expected_keys.push((key.clone(), bytes.len() as u64)),
        }
    }
    let mut keys = Vec::new();
    let mut prefixes = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let answer = client
            .list(|action| {
                action.with_prefix(prefix.to_owned());
                action.with_max_keys(page);
                if delimiter {
                    action.with_delimiter("/");
                }
                if let Some(token) = &token {
                    action.with_continuation_token(token.clone());
                }
            })
            .await;
        let count = answer.contents.len() + answer.common_prefixes.len();
        assert!(count <= page);
        keys.extend(
            answer
                .contents
                .into_iter()
                .map(|entry| (entry.key, entry.size.unwrap())),
        );
        prefixes.extend(answer.common_prefixes.into_iter().map(|entry| entry.prefix));
        token = answer.next_continuation_token;
        if token.is_none() {
            break;
        }
        assert_eq!(count, page, "only the last page is not full");
    }
    assert_eq!(keys, expected_keys);
    assert_eq!(prefixes, Vec::from_iter(expected_prefixes));
}

async fn follow(operations: Vec<Operation>) {
    let mut harness = Harness::start().await;
    let mut model = Model::new();
    // Each write has bytes of its own; how many files there are follows from who shares them.
    let mut sources: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, operation) in (0_u64..).zip(operations) {
        let client = &harness.client;
        match operation {
            Operation::Put { key, size } => {
                client.put(&key, bytes(seed, size)).await;
                sources.insert(key.clone(), seed);
                model.insert(key, bytes(seed, size));
            }
            Operation::PutInPart { key, size } => {
                let upload = client.create_upload(&key).await;
                let part = client.put_part(&key, &upload, 1, bytes(seed, size)).await;
                assert!(client.complete(&key, &upload, &[part]).await.status().is_success());
                sources.insert(key.clone(), seed);
                model.insert(key, bytes(seed, size));
            }
            Operation::Copy { from, to } => {
                let Some(from) = pick(&model, from).filter(|from| **from != to) else {
                    continue;
                };
                let source = client.bucket.object_url(from);
                let request = client.http.put(client.put_url(&to));
                succeed(request.header("x-amz-copy-source", source.path())).await;
                sources.insert(to.clone(), sources[from]);
                model.insert(to, model[from].clone());
            }
            Operation::Delete { key } => {
                client.delete(&key).await;
                sources.remove(&key);
                model.remove(&key);
            }
            Operation::Get { which, from, length } => {
                if let Some(key) = pick(&model, which) {
                    get_range(client, &model, key, from, length).await;
                }
            }
            Operation::List {
                prefix,
                delimiter,
                page,
            } => list(client, &model, &prefix, delimiter, page).await,
            Operation::Restart => harness = harness.restart(|_| {}).await,
        }
    }
    list(&harness.client, &model, "", false, 1000).await;
    for (key, bytes) in &model {
        assert!(harness.client.get(key).await.as_ref() == Some(bytes), "{key}");
    }
    let files: BTreeSet<u64> = sources.into_values().collect();
    harness.wait_for_files(files.len()).await;
}

#[test]
fn any_sequence_of_operations_does_what_it_does_to_a_map() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&vec(operation(), 1..60), |operations| {
            runtime.block_on(follow(operations));
            Ok(())
        })
        .unwrap();
}

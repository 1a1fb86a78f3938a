//! A component is replaced while documents are on their way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use end_to_end::versions::{another_version, copy_of_the_application, replace, with_version};
use end_to_end::{Rig, eventually};
use futures::future::join;

/// The documents that are handed in while components are replaced.
const STREAM: usize = 30;

/// How often each of the adapter and two components is replaced.
const ROUNDS: u8 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn no_document_is_lost_while_adapter_and_components_are_replaced() {
    let rig = Rig::with(|options, folder| options.manifest = copy_of_the_application(folder)).await;
    let components = rig.folder().join("target/wasm32-wasip2/release");
    let adapter = components.join("review_adapter.wasm");
    let first = fs::read(&adapter).unwrap();
    let begun = Instant::now();

    let stream = async {
        let mut handed_in = Vec::new();
        for number in 0..STREAM {
            let text = format!("Lesson number {number}: plants makes sugar.\n");
            handed_in.push(rig.hand_in("plan.txt", "text/plain", text.into()).await);
        }
        handed_in
    };
    // Each swap waits until something was made since the last: the stream is under way all the time.
    let swaps = async {
        let made = async |at_least: usize| {
            eventually("documents become ready", async || {
                let listed = rig.evaluator.get("/v1/catalog/submissions?limit=100").await.json();
                (listed["items"].as_array().unwrap().len() >= at_least).then_some(())
            })
            .await;
        };
        for round in 0..ROUNDS {
            made(3 * usize::from(round) + 1).await;
            replace(&adapter, &with_version(&first, &format!("0.1.{}", round + 1)));
            for (number, name) in ["normalize.wasm", "transfer.wasm"].iter().enumerate() {
                made(3 * usize::from(round) + number + 2).await;
                let path = components.join(name);
                replace(&path, &another_version(&path, round));
            }
        }
    };
    let (handed_in, ()) = join(stream, swaps).await;

    let mut versions = BTreeMap::new();
    for (submission, document) in &handed_in {
        let settled = rig.settled(submission).await;
        assert_eq!(settled["state"], "ready", "{settled:#}");
        // Made once, by one version: what an evaluator reads is what the one event of normalization left.
        let normalized = settled["history"].as_array().unwrap().iter();
        assert_eq!(
            normalized.filter(|event| event["event"] == "normalized").count(),
            1,
            "{settled:#}"
        );
        let made = rig.normalized(document).await.json();
        let version = made["review"]["adapter"]["version"].as_str().unwrap().to_owned();
        *versions.entry(version).or_insert(0) += 1;
    }
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!(
        "{STREAM} documents in {seconds:.1} s ({:.1} a second), {} swaps, lost 0; by the adapter's version: {versions:?}",
        STREAM as f64 / seconds,
        3 * ROUNDS
    );
    let known: Vec<_> = (0..=ROUNDS).map(|round| format!("0.1.{round}")).collect();
    assert!(versions.keys().all(|version| known.contains(version)), "{versions:?}");
    assert!(versions.len() >= 2, "{versions:?}");

    // Once it is compiled, whatever comes is the last version's.
    eventually("the last version is used", async || {
        let (submission, document) = rig
            .hand_in("plan.txt", "text/plain", b"Plants makes sugar.\n".to_vec())
            .await;
        assert_eq!(rig.settled(&submission).await["state"], "ready");
        let made = rig.normalized(&document).await.json();
        (made["review"]["adapter"]["version"] == format!("0.1.{ROUNDS}")).then_some(())
    })
    .await;
    rig.end().await;
}

/// A file that is half written, or no component at all, is no new version.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_does_not_replace_a_component() {
    let rig = Rig::with(|options, folder| options.manifest = copy_of_the_application(folder)).await;
    let path = rig.folder().join("target/wasm32-wasip2/release/normalize.wasm");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let (submission, _) = rig
        .hand_in("plan.txt", "text/plain", b"Plants makes sugar.\n".to_vec())
        .await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    rig.end().await;
}

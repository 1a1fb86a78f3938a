//! How long a worker reads a file that came in parts, to hold it against its SHA-256, and what memory the host takes for it.
//!
//! `cargo bench --workspace --bench checksum -- --mebibytes 2048`

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should panic"
)]

#[path = "scene/mod.rs"]
mod scene;

use std::sync::Arc;

use api::State;
use api::submissions::{NewDocument, NewSubmission};
use clap::Parser;
use dev_stack::client::Client;
use dev_stack::upload::{Options, Progress, upload};
use portfolio::{Kind, MediaType};
use scene::{Scene, sha256, write_video};

#[derive(Parser)]
struct Arguments {
    /// The length of the file.
    #[arg(long, default_value_t = 2048)]
    mebibytes: u64,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Nobody watches.
struct Unseen;

impl Progress for Unseen {
    fn had(&self, _: u64) {}
    fn sent(&self, _: u64) {}
    fn lost(&self, _: u64) {}
}

#[tokio::main]
async fn main() {
    let size = Arguments::parse().mebibytes << 20;
    let scene = Scene::set().await;
    let path = scene.folder.path().join("lesson.mp4");
    write_video(&path, size);
    let digest = sha256(&path);
    let declaration = NewSubmission {
        title: "Figures".into(),
        evaluators: None,
        documents: vec![NewDocument {
            name: "lesson.mp4".into(),
            kind: Kind::ClassroomVideo,
            media_type: MediaType::Mp4,
            size,
            sha256: Some(digest.into()),
        }],
    };
    let client = Client::new(scene.services.application_url(), &scene.services.tokens().teacher);
    let submission = client.create(&declaration, "once").await.unwrap();
    let document = &submission.documents[0];
    upload(
        &client,
        submission.id,
        document,
        &path,
        Options::default(),
        Arc::new(Unseen),
    )
    .await
    .unwrap();
    let memory = scene.watch();
    let mut version = None;
    let (begun, held) = loop {
        let found = client
            .changed_submission(submission.id, version.as_deref(), 25)
            .await
            .unwrap();
        let Some((found, tag)) = found else { continue };
        version = tag;
        let document = &found.documents[0];
        assert_ne!(document.state, State::Failed, "{:?}", document.failure);
        let event = |name: &str| {
            document
                .history
                .iter()
                .find(|event| event.event == name)
                .map(|event| event.at)
        };
        if let (Some(begun), Some(held)) = (event("received"), event("checksum-held")) {
            break (begun, held);
        }
    };
    let seconds = held.duration_since(begun).as_secs_f64();
    println!(
        "{} MiB were read and held against their SHA-256 in {seconds:.1} s: {:.0} MB/s; memory of the host: {:.0} MB before, {:.0} MB at most",
        size >> 20,
        size as f64 / 1e6 / seconds,
        memory.before as f64 / 1e6,
        memory.peak() as f64 / 1e6
    );
    drop(memory);
    scene.end().await;
}

//! Uploads over a network that drops, and after the program was ended.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::submissions::{NewDocument, NewSubmission, Submission};
use dev_stack::client::Client;
use dev_stack::upload::{Options, Progress, Report, upload};
use end_to_end::{Network, Rig, project};
use portfolio::{Kind, MediaType};

const PART: u64 = 5 << 20;

/// How much of each request is not the part itself: header fields and signatures, generously.
const AROUND: u64 = 8 * 1024;

/// Counts what a person would see on the bar.
#[derive(Default)]
struct Counted {
    shown: AtomicU64,
}

impl Progress for Counted {
    fn had(&self, bytes: u64) {
        self.shown.fetch_add(bytes, Ordering::SeqCst);
    }

    fn sent(&self, bytes: u64) {
        self.shown.fetch_add(bytes, Ordering::SeqCst);
    }

    fn lost(&self, bytes: u64) {
        self.shown.fetch_sub(bytes, Ordering::SeqCst);
    }
}

/// The stack behind a bad network, and a video in a file.
struct Scene {
    rig: Rig,
    network: Network,
    client: Client,
    video: PathBuf,
    size: u64,
    declaration: NewSubmission,
}

impl Scene {
    async fn set(parts: u64) -> Self {
        let network = Network::start().await;
        let origin = ("bucket_public_endpoint".to_owned(), network.origin());
        let rig = Rig::with(|options, _| options.variables.extend([origin])).await;
        network.lead_to(rig.stack.bucket().address());
        // The sample with a box behind it that every player skips, filled with bytes that differ from part to part.
        let mut bytes = std::fs::read(project().join("samples/classroom-excerpt.mp4")).unwrap();
        let room = u32::try_from((parts - 1) * PART + 4321).unwrap();
        bytes.extend(room.to_be_bytes());
        bytes.extend(b"free");
        bytes.extend((0..room - 8).map(|at| at.to_le_bytes()[2] ^ at.to_le_bytes()[0]));
        let video = rig.folder().join("Menü – 日本語 (final) .mp4");
        std::fs::write(&video, &bytes).unwrap();
        let size = bytes.len() as u64;
        let declaration = NewSubmission {
            title: "Fotosynthese".into(),
            evaluators: None,
            documents: vec![NewDocument {
                name: "Menü – 日本語 (final) .mp4".into(),
                kind: Kind::ClassroomVideo,
                media_type: MediaType::Mp4,
                size,
                sha256: None,
            }],
        };
        let client = Client::new(rig.stack.application().url(), &rig.stack.tokens().teacher);
        Self {
            rig,
            network,
            client,
            video,
            size,
            declaration,
        }
    }

    async fn announce(&self) -> Submission {
        self.client
            .create(&self.declaration, "the-same-every-time")
            .await
            .unwrap()
    }

    async fn upload(&self, submission: &Submission, parallel: usize, progress: Arc<Counted>) -> Report {
        let options = Options {
            parallel,
            stalled: Duration::from_secs(20),
            ..Options::default()
        };
        let document = &submission.documents[0];
        upload(&self.client, submission.id, document, &self.video, options, progress)
            .await
            .unwrap()
    }

    async fn is_ready(&self, submission: &Submission) {
        let settled = self.rig.settled(&submission.id.to_string()).await;
        assert_eq!(settled["state"], "ready", "{settled:#}");
        assert_eq!(settled["name"], "Menü – 日本語 (final) .mp4");
    }
}

/// A pause between two cuts, in bytes, that differs each time and is the same in every run.
fn pauses() -> impl Iterator<Item = u64> {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    std::iter::repeat_with(move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        64 * 1024 + seed % (PART * 3 / 2)
    })
}

async fn cut_again_and_again(parallel: usize) {
    const CUTS: u64 = 10;
    let scene = Scene::set(12).await;
    let submission = scene.announce().await;
    let progress = Arc::new(Counted::default());
    let cutting = async {
        for (cut, pause) in (0..CUTS).zip(pauses()) {
            scene.network.cut_after(pause);
            while scene.network.cuts() == cut {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        std::future::pending::<()>().await;
    };
    let report = tokio::select! {
        report = scene.upload(&submission, parallel, Arc::clone(&progress)) => report,
        () = cutting => unreachable!("cutting goes on for ever"),
    };
    let (cuts, twice) = (scene.network.cuts(), scene.network.sent() - scene.size);
    println!(
        "{parallel} at once: {cuts} cuts, {} requests repeated, {twice} bytes sent twice: {:.2} parts for each cut",
        report.repeated,
        twice as f64 / PART as f64 / cuts as f64
    );
    assert_eq!(
        (report.sent, progress.shown.load(Ordering::SeqCst)),
        (scene.size, scene.size)
    );
    assert!(cuts >= 8, "the upload was over after {cuts} cuts");
    let most = cuts * parallel as u64 * PART + 100 * AROUND;
    assert!(
        twice <= most,
        "{twice} bytes were sent twice, more than a part for each connection that was cut"
    );
    scene.is_ready(&submission).await;
    scene.rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_costs_at_most_one_part() {
    cut_again_and_again(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_costs_at_most_one_part_of_each_connection() {
    cut_again_and_again(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_after_its_program_was_ended() {
    let scene = Scene::set(8).await;
    let first = scene.announce().await;
    {
        let interrupted = scene.upload(&first, 2, Arc::default());
        let enough = async {
            while scene.network.sent() < 4 * PART {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            report = interrupted => panic!("it was over too soon: {report:?}"),
            () = enough => {}
        }
    }
    // Nothing is known on this side but the file: the server says what there is.
    let again = scene.announce().await;
    assert_eq!(again.id, first.id);
    let upload = again.documents[0].upload.as_ref().unwrap();
    assert!(upload.upload_id.is_some());
    let had = again.documents[0].received;
    assert!(had >= PART && had < scene.size, "{had}");

    let before = scene.network.sent();
    let progress = Arc::new(Counted::default());
    let report = scene.upload(&again, 2, Arc::clone(&progress)).await;
    assert_eq!(report.had, had);
    assert_eq!(
        (report.had + report.sent, progress.shown.load(Ordering::SeqCst)),
        (scene.size, scene.size)
    );
    let sent = scene.network.sent() - before;
    assert!(
        sent < scene.size - had + 20 * AROUND,
        "only what was missing is sent: {sent}"
    );
    scene.is_ready(&again).await;

    // And once more, when everything has arrived: there is nothing to do.
    let stale = scene.upload(&again, 2, Arc::default()).await;
    assert_eq!((stale.had, stale.sent), (scene.size, 0));
    scene.rig.end().await;
}

/// What the bucket has under an id of ours, but with other bytes, is not believed.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_another_file_is_sent_again() {
    let scene = Scene::set(3).await;
    let first = scene.announce().await;
    {
        let interrupted = scene.upload(&first, 1, Arc::default());
        let enough = async {
            while scene.network.sent() < PART + PART / 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            report = interrupted => panic!("it was over too soon: {report:?}"),
            () = enough => {}
        }
    }
    // The teacher trims the beginning, and the file happens to have the same length.
    let mut bytes = std::fs::read(&scene.video).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let at = usize::try_from(PART).unwrap() - 1;
    bytes[at] ^= 1;
    std::fs::write(&scene.video, &bytes).unwrap();
    let again = scene.announce().await;
    let report = scene.upload(&again, 1, Arc::default()).await;
    assert_eq!((report.had, report.sent), (0, scene.size));
    scene.is_ready(&again).await;
    scene.rig.end().await;
}

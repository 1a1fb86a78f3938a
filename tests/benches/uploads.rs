//! How fast a large file gets into the bucket: Dossier's ways beside those that others take, in turns, on one machine and into
//! one bucket.
//!
//! ```text
//! npm ci --prefix tests/benches/peers --ignore-scripts
//! apt-get install rclone
//! cargo build --profile bench --workspace --bins
//! cargo bench --workspace --bench uploads -- --mebibytes 2048 --rounds 3
//! ```
//!
//! All of it is on one machine, so the processor decides. How it is over a network can be seen with the loopback made slower:
//! `tc qdisc add dev lo root tbf rate 1gbit burst 4mb latency 50ms`, and `tc qdisc del dev lo root` afterwards.
//!
//! The host is a process of its own, whose memory is watched: no byte of a file may pass through it. Nothing is taken out of the
//! queue of the third party meanwhile, and what was uploaded is deleted after each turn.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should panic"
)]

#[path = "scene/mod.rs"]
mod scene;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use bucket::{Bucket, Configuration, Multipart, Part};
use clap::Parser;
use dev_stack::Services;
use end_to_end::{Caller, project};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use portfolio::Parts;
use scene::{Scene, sha256, write_video};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncSeekExt as _, BufReader};
use tokio::process::{Child, Command};

const LIFETIME: Duration = Duration::from_mins(15);

#[derive(Parser)]
struct Arguments {
    /// The length of the file.
    #[arg(long, default_value_t = 2048)]
    mebibytes: u64,
    /// How often each way has its turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only these ways.
    #[arg(long = "way", value_enum)]
    ways: Vec<Way>,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Way {
    /// A plain S3 client of our own: a loop over presigned parts, with the key to the bucket at hand: nobody is asked, and nothing is checked. No client that
    /// is offered to people does so little; it is what can be reached at most.
    Plain,
    /// The same, after the file was read for its SHA-256: as much as `cargo xtask upload` does.
    Summed,
    /// `cargo xtask upload`, from the start of the command to its end.
    Xtask,
    /// rclone, without the MD5 of the file that it would compute before: parts have theirs all the same.
    Rclone,
    /// Uppy in Chromium.
    Uppy,
    /// The AWS SDK's uploader.
    Aws,
    /// tus-js-client in Chromium, @tus/server, @tus/s3-store.
    TusPage,
    /// The same in Node.js.
    Tus,
}

impl Way {
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::Summed,
        Self::Xtask,
        Self::Rclone,
        Self::Aws,
        Self::Tus,
        Self::Uppy,
        Self::TusPage,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "a plain S3 client in Rust: a bare loop, no signer, nothing checked, four parts at once",
            Self::Summed => "the same, after the SHA-256 of the file",
            Self::Xtask => "cargo xtask upload, with its SHA-256 of the file, four parts at once",
            Self::Rclone => "rclone, no signer, four parts at once",
            Self::Uppy => "Uppy in Chromium, signed part by part",
            Self::Aws => "@aws-sdk/lib-storage, no signer, four parts at once",
            Self::TusPage => "tus-js-client in Chromium, @tus/server, @tus/s3-store",
            Self::Tus => "tus-js-client in Node.js, @tus/server, @tus/s3-store",
        }
    }
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let ways = if arguments.ways.is_empty() {
        Way::ALL.to_vec()
    } else {
        arguments.ways
    };
    let bench = Bench::set(arguments.mebibytes << 20).await;
    let memory = bench.scene.watch();
    let begun = Instant::now();
    sha256(&bench.file);
    println!(
        "the SHA-256 of the file alone takes {:.1} s in this build",
        begun.elapsed().as_secs_f64()
    );

    let mut took: BTreeMap<Way, Vec<f64>> = BTreeMap::new();
    for round in 0..arguments.rounds {
        for way in &ways {
            let seconds = bench.turn(*way, round).await;
            println!("round {}: {seconds:6.1} s  {}", round + 1, way.name());
            took.entry(*way).or_default().push(seconds);
            bench.tidy_up().await;
        }
    }
    let median = |way: &Way| {
        let mut seconds = took[way].clone();
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    println!("\n{} MiB, median of {} rounds:", arguments.mebibytes, arguments.rounds);
    for way in &ways {
        let (own, reference) = (median(way), median(&ways[0]));
        println!(
            "{own:6.1} s  {:5.0} MB/s  {:.2} times as long as the first  {}",
            bench.size as f64 / 1e6 / own,
            own / reference,
            way.name()
        );
    }
    println!(
        "memory of the host: {:.0} MB before, {:.0} MB at most",
        memory.before as f64 / 1e6,
        memory.peak() as f64 / 1e6
    );
    bench.end().await;
}

struct Bench {
    scene: Scene,
    bucket: Bucket,
    http: reqwest::Client,
    file: PathBuf,
    size: u64,
    tus: (Child, String),
}

impl Bench {
    async fn set(size: u64) -> Self {
        let scene = Scene::set().await;
        let services = &scene.services;
        let file = scene.folder.path().join("lesson.mp4");
        write_video(&file, size);
        let operator = Caller::new(services.application_url(), Some(&services.tokens().operator));
        let pause = json!({ "reason": "Figures are taken." });
        let paused = operator.post("/v1/queues/transfer/pause", &pause).await;
        assert!(paused.status.is_success(), "{paused:?}");
        let bucket = Bucket::new(&Configuration {
            endpoint: services.bucket_url().to_string(),
            name: "dossier".into(),
            region: "us-east-1".into(),
            access_key: services.secrets().bucket_access_key.clone(),
            secret_key: services.secrets().bucket_secret_key.clone(),
        })
        .unwrap();
        let mut serving = peer(services, "tus.mjs");
        let temporary = scene.folder.path();
        serving
            .arg("serve")
            .arg(temporary)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut serving = serving.spawn().expect("node runs");
        let mut address = String::new();
        BufReader::new(serving.stdout.as_mut().unwrap())
            .read_line(&mut address)
            .await
            .unwrap();
        Self {
            scene,
            bucket,
            http: reqwest::Client::new(),
            file,
            size,
            tus: (serving, address.trim().to_owned()),
        }
    }

    /// Uploads the file one way, and gives the seconds that it took.
    async fn turn(&self, way: Way, round: usize) -> f64 {
        let key = format!("figures/{round}/{}", way as u8);
        match way {
            Way::Plain => {
                let begun = Instant::now();
                self.plain(&key).await;
                begun.elapsed().as_secs_f64()
            }
            Way::Summed => {
                let begun = Instant::now();
                sha256(&self.file);
                self.plain(&key).await;
                begun.elapsed().as_secs_f64()
            }
            Way::Xtask => {
                let stack = Path::new(env!("CARGO_BIN_EXE_spinlet-host")).with_file_name("dossier-stack");
                let mut command = Command::new(&stack);
                command.args([
                    "upload",
                    "--again",
                    "--url",
                    self.scene.services.application_url().as_str(),
                ]);
                command
                    .arg(&self.file)
                    .env("DOSSIER_TOKEN", &self.scene.services.tokens().teacher);
                command
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .current_dir(project());
                let begun = Instant::now();
                let status = command.status().await;
                let status = status.unwrap_or_else(|error| panic!("{}: {error}: build it first", stack.display()));
                assert!(status.success(), "the upload ended with {status}");
                begun.elapsed().as_secs_f64()
            }
            Way::Rclone => self.rclone(&key).await,
            Way::Uppy => seconds(peer(&self.scene.services, "uppy.mjs").arg(&self.file)).await,
            Way::Aws => seconds(peer(&self.scene.services, "aws.mjs").arg(&self.file).arg(key)).await,
            Way::Tus => self.tus("send").await,
            Way::TusPage => self.tus("browse").await,
        }
    }

    async fn rclone(&self, key: &str) -> f64 {
        let services = &self.scene.services;
        let mut command = Command::new("rclone");
        command
            .args(["copyto", "--config=", "--s3-provider=Other", "--s3-no-check-bucket"])
            .args(["--s3-disable-checksum", "--s3-upload-concurrency=4", "--s3-chunk-size"])
            .arg(format!("{}B", Parts::of(self.size).part_size()))
            .arg(format!("--s3-endpoint={}", services.bucket_url()))
            .arg(format!("--s3-access-key-id={}", services.secrets().bucket_access_key))
            .arg(&self.file)
            .arg(format!(":s3:dossier/{key}"))
            .env_remove("AWS_CA_BUNDLE")
            .env("RCLONE_S3_SECRET_ACCESS_KEY", &services.secrets().bucket_secret_key);
        let begun = Instant::now();
        let status = command.status().await.expect("rclone is installed");
        assert!(status.success(), "it ended with {status}");
        begun.elapsed().as_secs_f64()
    }

    async fn tus(&self, client: &str) -> f64 {
        let mut command = peer(&self.scene.services, "tus.mjs");
        seconds(command.arg(client).arg(&self.file).arg(&self.tus.1)).await
    }

    async fn plain(&self, key: &str) {
        let presigned =
            self.bucket
                .presign_create_multipart(key, Multipart::new("video/mp4"), &Timestamp::now(), LIFETIME);
        let create = self.http.post(presigned.unwrap()).header("content-type", "video/mp4");
        let answer = create
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .text()
            .await
            .unwrap();
        let upload_id = bucket::read_upload_id(&answer).unwrap();
        let parts = Parts::of(self.size);
        let tags: Vec<String> = stream::iter(1..=parts.count())
            .map(|number| self.part(key, &upload_id, parts, number))
            .buffered(4)
            .try_collect()
            .await
            .unwrap();
        let url = self
            .bucket
            .presign_complete_multipart(key, &upload_id, &Timestamp::now(), LIFETIME)
            .unwrap();
        let complete = self.http.post(url).body(bucket::completion(&tags));
        let answer = complete.send().await.unwrap().text().await.unwrap();
        bucket::read_completion(&answer).unwrap();
    }

    async fn part(&self, key: &str, upload_id: &str, parts: Parts, number: u64) -> reqwest::Result<String> {
        let (offset, size) = (parts.offset(number).unwrap(), parts.length(number).unwrap());
        let mut bytes = vec![0; usize::try_from(size).unwrap()];
        let mut file = tokio::fs::File::open(&self.file).await.unwrap();
        file.seek(std::io::SeekFrom::Start(offset)).await.unwrap();
        file.read_exact(&mut bytes).await.unwrap();
        let part = Part::new(u16::try_from(number).unwrap(), size);
        let url = self
            .bucket
            .presign_part(key, upload_id, part, &Timestamp::now(), LIFETIME)
            .unwrap();
        let response = self.http.put(url).body(bytes).send().await?.error_for_status()?;
        Ok(response.headers()["etag"].to_str().unwrap().to_owned())
    }

    /// Deletes all that is in the bucket, so that every turn finds it alike.
    async fn tidy_up(&self) {
        loop {
            let url = self
                .bucket
                .presign_list("", None, 1000, &Timestamp::now(), LIFETIME)
                .unwrap();
            let answer = self.http.get(url).send().await.unwrap().bytes().await.unwrap();
            let listing = bucket::Listing::parse(&answer).unwrap();
            if listing.objects.is_empty() {
                break;
            }
            for object in listing.objects {
                let url = self
                    .bucket
                    .presign_delete(&object.key, &Timestamp::now(), LIFETIME)
                    .unwrap();
                self.http.delete(url).send().await.unwrap().error_for_status().unwrap();
            }
        }
        // What was written is on its way to the disk, and what was deleted off it.
        Command::new("sync").status().await.unwrap();
    }

    async fn end(self) {
        drop(self.tus);
        self.scene.end().await;
    }
}

fn peer(services: &Services, script: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(project().join("tests/benches/peers").join(script))
        .env("BUCKET_ENDPOINT", services.bucket_url().as_str())
        .env("BUCKET_ACCESS_KEY", &services.secrets().bucket_access_key)
        .env("BUCKET_SECRET_KEY", &services.secrets().bucket_secret_key)
        .env("DOSSIER_URL", services.application_url().as_str())
        .env("DOSSIER_TOKEN", &services.tokens().teacher);
    command
}

/// Runs a peer, and gives the seconds that it says it took.
async fn seconds(command: &mut Command) -> f64 {
    let output = command.stderr(Stdio::inherit()).output().await.expect("node runs");
    assert!(output.status.success(), "it ended with {}", output.status);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it says how long it took");
    said["seconds"].as_f64().unwrap()
}

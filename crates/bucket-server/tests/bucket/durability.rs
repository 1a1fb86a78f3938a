//! What was acknowledged is there after the server is killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use reqwest::StatusCode;
use rusty_s3::actions::{ListParts, S3Action};

use crate::harness::{S3, VALID, bytes, succeed};

/// The command, on a free port.
struct Server {
    process: Child,
    client: S3,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bucket-server"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let endpoint = line.trim().strip_suffix("/dossier").expect("the address of the bucket");
        Self {
            process,
            client: S3::new(endpoint),
        }
    }

    /// As `kill -9` does.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Only so that a failing test leaves nothing behind; after `kill` there is nothing left to kill.
        let _ = self.process.kill();
    }
}

fn body(seed: u64) -> Vec<u8> {
    let size = [0, 10, 5_000, 300_000, 3_000_000][usize::try_from(seed % 5).unwrap()];
    bytes(seed, size)
}

/// Writes objects for ever; notes those that were acknowledged.
async fn write(client: &S3, first: u64, written: &Mutex<BTreeMap<String, u64>>) {
    for seed in first.. {
        // Each key is written several times, so that objects are replaced while the server is killed.
        let key = format!("{}/{}", first, seed % 20);
        let sent = client.put_request(client.put_url(&key), body(seed)).send().await;
        assert_eq!(sent.unwrap().status(), StatusCode::OK);
        written.lock().unwrap().insert(key, seed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_objects_and_parts_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let upload = server.client.create_upload("upload").await;
    server.kill();

    let mut parts = Vec::new();
    for round in 0..4_u16 {
        let server = Server::start(folder.path());
        let written = Mutex::default();
        let client = &server.client;
        parts.push(
            client
                .put_part("upload", &upload, round + 1, body(u64::from(round)))
                .await,
        );
        tokio::time::timeout(
            Duration::from_millis(400 + 150 * u64::from(round)),
            futures::future::join_all((0..8).map(|writer| write(client, writer * 1_000_000, &written))),
        )
        .await
        .expect_err("writers go on until the server is killed");
        server.kill();

        let server = Server::start(folder.path());
        let written = written.into_inner().unwrap();
        assert!(!written.is_empty());
        for (key, seed) in written {
            let found = server.client.get(&key).await.unwrap_or_else(|| panic!("{key} is lost"));
            // The next write to the same key may have come through, unheard.
            assert!(
                found == body(seed) || found == body(seed + 20),
                "{key} has the bytes of another write"
            );
        }
        let client = &server.client;
        let list = client.bucket.list_parts(Some(&client.credentials), "upload", &upload);
        let listed = succeed(client.http.get(list.sign(VALID))).await.text().await.unwrap();
        let listed = ListParts::parse_response(&listed).unwrap().parts;
        let etags: Vec<_> = listed.iter().map(|part| part.etag.trim_matches('"')).collect();
        assert_eq!(etags, parts);
        server.kill();
    }
}

//! A real Redis for a test, and a ledger in it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test is a crate of its own, and uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use ledger::{
    Advance, CallbackReceipt, Complete, Dependency, DocumentRecord, Enqueue, Fail, Failure, Item, Ledger, Limits,
    NewDocument, NewSubmission, Next, Receive, Received, State, Wait,
    runner::{Error, Runner},
};

/// A `redis-server` (or `valkey-server`) of its own, on a free port; it ends with the value.
pub struct RedisServer {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
    is_durable: bool,
}

impl RedisServer {
    /// One that keeps nothing on disk.
    pub fn start() -> Self {
        Self::start_with(false)
    }

    /// One that writes each change to its append-only file before it answers.
    pub fn start_durable() -> Self {
        Self::start_with(true)
    }

    fn start_with(is_durable: bool) -> Self {
        // Another process may take the port between our closing it and the server's opening it.
        (0..5)
            .find_map(|_| {
                let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
                let folder = tempfile::tempdir().ok()?;
                let process = run(port, &folder, is_durable)?;
                let mut server = Self {
                    process,
                    port,
                    folder,
                    is_durable,
                };
                server.is_up().then_some(server)
            })
            .expect("redis-server or valkey-server starts")
    }

    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the server as a power cut would, and starts it again with what is on its disk.
    pub fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.process = run(self.port, &self.folder, self.is_durable).expect("redis-server or valkey-server");
        assert!(self.is_up(), "it starts again");
    }

    fn is_up(&mut self) -> bool {
        let client = redis::Client::open(self.address()).expect("an address");
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) && matches!(self.process.try_wait(), Ok(None)) {
            let answer = client
                .get_connection()
                .and_then(|mut redis| redis::cmd("PING").query::<String>(&mut redis));
            if answer.is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

fn run(port: u16, folder: &tempfile::TempDir, is_durable: bool) -> Option<Child> {
    let append_only = if is_durable { "yes" } else { "no" };
    ["redis-server", "valkey-server"].into_iter().find_map(|program| {
        Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""])
            .args(["--appendonly", append_only, "--appendfsync", "always"])
            .args(["--notify-keyspace-events", "Ex", "--maxmemory-policy", "noeviction"])
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()
    })
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub const TRANSFER: &str = "transfer";
pub const VERIFY: &str = "verify";
pub const NORMALIZE: &str = "normalize";
pub const QUEUES: [&str; 3] = [TRANSFER, VERIFY, NORMALIZE];

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);

/// A ledger in a Redis of its own. Time passes when the test says so.
pub struct Fixture {
    pub server: RedisServer,
    pub runner: Runner,
    pub ledger: Ledger,
    pub redis: redis::aio::MultiplexedConnection,
    passed: Duration,
}

impl Fixture {
    pub async fn start() -> Self {
        let server = RedisServer::start();
        let runner = Runner::connect(&server.address()).await.expect("a connection");
        let client = redis::Client::open(server.address()).expect("an address");
        let redis = client.get_multiplexed_async_connection().await.expect("a connection");
        Self {
            server,
            runner,
            ledger: Ledger::new("dossier"),
            redis,
            passed: Duration::ZERO,
        }
    }

    /// Lets time pass for the ledger (Redis's own clock, and with it the alarms, stay).
    pub fn pass(&mut self, time: Duration) {
        self.passed += time;
        self.ledger = self.ledger.with_clock_offset(self.passed);
    }

    pub async fn run<R>(&self, call: ledger::Call<R>) -> R {
        self.try_run(call).await.expect("the call succeeds")
    }

    pub async fn try_run<R>(&self, call: ledger::Call<R>) -> Result<R, Error> {
        self.runner.run(call).await
    }

    /// A submission of one document, named like it, whose document is `awaiting-upload`.
    pub async fn announce(&self, document: &str) {
        self.run(
            self.ledger
                .create_submission(&submission(&format!("s-{document}"), "teacher-1", &[document])),
        )
        .await;
    }

    /// The same, uploaded, with an item in the queue `transfer`.
    pub async fn upload(&self, document: &str) {
        self.announce(document).await;
        self.run(
            self.ledger
                .advance(document, &uploaded(Enqueue::now(TRANSFER, r#"{"attempt":"first"}"#))),
        )
        .await;
    }

    /// Takes what is due, for a minute.
    pub async fn receive(&self, queue: &str) -> Received {
        self.run(self.ledger.receive(queue, &receive(10))).await
    }

    /// Takes everything that is due from `transfer`, for a minute.
    pub async fn receive_all(&self) {
        self.run(self.ledger.receive(TRANSFER, &receive(u32::MAX))).await;
    }

    /// Takes the one item that is due, for a minute.
    pub async fn receive_one(&self, queue: &str) -> Item {
        let received = self.receive(queue).await;
        assert_eq!((received.items.len(), received.due), (1, 0), "{received:?}");
        received.items.into_iter().next().expect("one item")
    }

    pub async fn document(&self, document: &str) -> DocumentRecord {
        self.run(self.ledger.document(document)).await.expect("the document")
    }

    pub async fn events(&self, document: &str) -> Vec<String> {
        self.run(self.ledger.history(document))
            .await
            .into_iter()
            .map(|entry| entry.event)
            .collect()
    }

    /// The milliseconds until a queue's alarm goes off, `None` when it is not armed.
    pub async fn alarm(&self, queue: &str) -> Option<i64> {
        let left: i64 = self.redis("PTTL", &[&self.ledger.alarm_key(queue)]).await;
        (left >= 0).then_some(left)
    }

    pub async fn redis<R: redis::FromRedisValue>(&self, command: &str, arguments: &[&str]) -> R {
        redis::cmd(command)
            .arg(arguments)
            .query_async(&mut self.redis.clone())
            .await
            .expect("Redis answers")
    }
}

pub fn submission(id: &str, owner: &str, documents: &[&str]) -> NewSubmission {
    NewSubmission {
        most_per_day: None,
        keep_for: None,
        id: id.into(),
        owner: owner.into(),
        title: format!("Portfolio {id}"),
        name_of_owner: Some("Ada Lovelace".into()),
        evaluators: "all".into(),
        idempotency: None,
        documents: documents
            .iter()
            .map(|id| NewDocument {
                id: (*id).into(),
                facts: [("kind".to_owned(), "lesson-plan".into())].into_iter().collect(),
            })
            .collect(),
    }
}

pub fn uploaded(enqueue: Enqueue) -> Advance {
    Advance {
        from: vec![State::AwaitingUpload],
        to: State::Uploaded,
        event: "uploaded",
        by: None,
        detail: None,
        enqueue: Some(enqueue),
        failure: None,
        facts_patch: None,
    }
}

pub fn receive(max: u32) -> Receive {
    Receive {
        max,
        lease: MINUTE,
        max_receives: 3,
        entering: Some(State::Transferring),
        worker: "worker-1".into(),
        vendor: Some("review".into()),
        limits: Limits::default(),
    }
}

/// An attempt that failed, and shows nothing of the third party.
pub fn failed_attempt(failure: Failure, next: Next) -> Fail {
    Fail {
        failure,
        next,
        dependency: Dependency::Unknown,
    }
}

pub fn onward(to: State, queue: &str) -> Complete {
    Complete {
        to,
        event: "done",
        detail: None,
        handoff: Some(Enqueue::now(queue, r#"{"attempt":"next"}"#)),
        facts_patch: None,
    }
}

pub fn in_review(review: &str) -> Wait {
    Wait {
        deadline: 60 * MINUTE,
        to: State::InReview,
        review: review.into(),
        facts_patch: None,
    }
}

pub fn callback(webhook_id: &str, review: &str) -> CallbackReceipt {
    CallbackReceipt {
        vendor: "review".into(),
        webhook_id: webhook_id.into(),
        review: review.into(),
        tolerance: 5 * MINUTE,
        awaiting: TRANSFER.into(),
        from: vec![State::Transferring, State::InReview],
        to: State::Verifying,
        enqueue: Enqueue::now(VERIFY, r#"{"verdict":"completed"}"#),
    }
}

//! A whole stack for one test.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dev_stack::{Options, Stack};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Answer, Caller};

/// How long anything may take before a test gives up. It is no measurement: shared machines are slow at times.
const PATIENCE: Duration = Duration::from_mins(5);

/// How many lines of each log are printed when a test fails.
const LOGGED: usize = 40;

/// The project's folder: where the tests run, which need not be where they were compiled, since clones may share a folder of
/// build output.
pub fn project() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR");
    package
        .as_deref()
        .map_or(Path::new(env!("CARGO_MANIFEST_DIR")), Path::new)
        .parent()
        .expect("the package is in the project")
        .to_owned()
}

/// Waits until something is the case.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "it did not happen within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// The stack, and callers of every kind.
pub struct Rig {
    /// The parts.
    pub stack: Stack,
    /// A teacher.
    pub teacher: Caller,
    /// An evaluator.
    pub evaluator: Caller,
    /// An operator.
    pub operator: Caller,
    /// Somebody without a token.
    pub stranger: Caller,
    http: Client,
    folder: Folder,
}

/// A test's own folder. When the test fails, what the components wrote down is printed before it goes.
struct Folder(TempDir);

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for log in std::fs::read_dir(self.0.path().join("data/logs"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let text = std::fs::read_to_string(log.path()).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            for line in &lines[lines.len().saturating_sub(LOGGED)..] {
                eprintln!("{}: {line}", log.file_name().display());
            }
        }
    }
}

impl Rig {
    /// A stack of the committed manifest, with policies that are short enough for a test.
    pub async fn start() -> Self {
        Self::with(|_, _| {}).await
    }

    /// The same, after the options were changed. The folder is the test's own.
    pub async fn with(change: impl FnOnce(&mut Options, &Path)) -> Self {
        let folder = Folder(tempfile::tempdir().expect("there is room for a folder"));
        let mut options = Options::new(project(), folder.0.path().join("data"));
        options.cache = cache();
        // Nothing here may depend on being probed but what says so.
        options.probe_every = None;
        options.variables = BTreeMap::from([
            ("transfer_policy".to_owned(), policy(6, Some(60))),
            ("verify_policy".to_owned(), policy(2, None)),
            ("normalize_policy".to_owned(), policy(2, None)),
            // Many things go wrong on purpose, and none of them may hold up the others.
            ("transfer_limits".to_owned(), "{}".to_owned()),
            ("verify_limits".to_owned(), "{}".to_owned()),
        ]);
        change(&mut options, folder.0.path());
        let stack = options
            .start()
            .await
            .unwrap_or_else(|error| panic!("the stack starts: {error:?}"));
        let origin = stack.application().url().clone();
        let tokens = stack.tokens();
        let caller = |token: &str| Caller::new(&origin, Some(token));
        Self {
            teacher: caller(&tokens.teacher),
            evaluator: caller(&tokens.evaluator),
            operator: caller(&tokens.operator),
            stranger: Caller::new(&origin, None),
            http: Client::new(),
            stack,
            folder,
        }
    }

    /// Ends the stack.
    pub async fn end(self) {
        self.stack.shutdown().await;
        drop(self.folder);
    }

    /// The test's own folder.
    pub fn folder(&self) -> &Path {
        self.folder.0.path()
    }

    /// A token of another teacher.
    pub fn token(&self, subject: &str) -> String {
        let caller = dev_stack::keys::Caller {
            subject: subject.to_owned(),
            name: None,
            tenant: dev_stack::keys::TENANT.into(),
            scope: "submit".to_owned(),
            seconds: 3600,
        };
        self.stack.keys().token(&caller).expect("the key signs")
    }

    /// Announces one document and gives back the submission.
    pub async fn announce(&self, name: &str, media_type: &str, size: usize) -> Value {
        let kind = if media_type.starts_with("video/") {
            "classroom-video"
        } else {
            "lesson-plan"
        };
        let declaration = json!({
            "title": "Photosynthesis, year 7",
            "documents": [{ "name": name, "kind": kind, "media_type": media_type, "size": size }],
        });
        // As any client: told that something is not available at the moment, which a loaded machine may have for a reason, it
        // tries again.
        let key = Uuid::now_v7().to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", &key)];
        let answer = eventually("the application is available", async || {
            let body = declaration.to_string().into();
            let answer = self.teacher.send(Method::POST, "/v1/submissions", &headers, body).await;
            (answer.status != StatusCode::SERVICE_UNAVAILABLE).then_some(answer)
        })
        .await;
        assert_eq!(
            answer.status,
            StatusCode::CREATED,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.json()
    }

    /// Sends bytes to where an `upload` says.
    pub async fn put(&self, upload: &Value, bytes: Vec<u8>) -> StatusCode {
        let mut request = self.http.put(upload["url"].as_str().unwrap());
        for (name, value) in upload["headers"].as_object().unwrap() {
            if name != "content-length" {
                request = request.header(name, value.as_str().unwrap());
            }
        }
        request.body(bytes).send().await.expect("the bucket answers").status()
    }

    /// Hands in one document, whole, and gives back the ids of the submission and of the document.
    pub async fn hand_in(&self, name: &str, media_type: &str, bytes: Vec<u8>) -> (String, String) {
        let submission = self.announce(name, media_type, bytes.len()).await;
        let document = &submission["documents"][0];
        assert_eq!(self.put(&document["upload"], bytes).await, StatusCode::OK);
        (text(&submission["id"]), text(&document["id"]))
    }

    /// The teacher's view of a submission's first document.
    pub async fn document(&self, submission: &str) -> Value {
        self.teacher.get(&format!("/v1/submissions/{submission}")).await.json()["documents"][0].clone()
    }

    /// The first document once it is `ready` or `failed`.
    pub async fn settled(&self, submission: &str) -> Value {
        let path = format!("/v1/submissions/{submission}");
        eventually(&format!("the submission {submission} is settled"), async || {
            // The application may be away for a moment.
            let answer = self.teacher.try_send(Method::GET, &path, &[], Vec::new()).await.ok()?;
            let document = answer
                .status
                .is_success()
                .then(|| answer.json()["documents"][0].clone())?;
            matches!(document["state"].as_str(), Some("ready" | "failed")).then_some(document)
        })
        .await
    }

    /// Tells the review service how to behave.
    pub async fn misbehave(&self, rules: &Value) {
        let answer = self
            .ask_vendor(Method::PUT, "v1/behaviour", Some(json!({ "rules": rules })))
            .await;
        assert!(answer.is_object(), "{answer}");
    }

    /// What the review service has seen and done.
    pub async fn vendor_log(&self) -> Vec<Value> {
        self.ask_vendor(Method::GET, "v1/log", None).await["entries"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn ask_vendor(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = self.stack.review_service_url().join(path).unwrap();
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(&self.stack.secrets().vendor_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .expect("the review service answers")
            .error_for_status()
            .expect("it agrees");
        response.json().await.expect("it answers in JSON")
    }

    /// What the database holds for an evaluator: the canonical document.
    pub async fn normalized(&self, document: &str) -> Answer {
        self.evaluator.get(&format!("/v1/catalog/documents/{document}")).await
    }
}

/// A policy in the words of the Amazon States Language.
pub fn policy(attempts: u32, timeout: Option<u32>) -> String {
    let mut policy =
        json!({ "IntervalSeconds": 1, "MaxAttempts": attempts, "BackoffRate": 1.0, "JitterStrategy": "FULL" });
    if let Some(seconds) = timeout {
        policy["TimeoutSeconds"] = seconds.into();
    }
    policy.to_string()
}

/// Compiled components are the same for all tests.
fn cache() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project().join("target"), PathBuf::from);
    target.join("spinlet-cache")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

//! Everything that a storm needs: the services, hosts in processes of their own, and a load balancer before them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use api::operations::{History, Queues};
use dev_stack::client::Client;
use dev_stack::host::{self, Host};
use dev_stack::{Options, Services};
use rusqlite::{Connection, OpenFlags};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::balancer::Balancer;

/// How long anything may take before it counts as stuck. It is no measurement: shared machines are slow at times.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// How long one request may take before the caller tries again.
const REQUEST: Duration = Duration::from_secs(30);

/// The pause between two looks at something that is awaited.
const PAUSE: Duration = Duration::from_millis(100);

/// What a cluster is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The project's folder, with `spin.toml` and the components that were built.
    pub project: PathBuf,
    /// The `spinlet` command.
    pub program: PathBuf,
    /// The folder for compiled components.
    pub cache: PathBuf,
    /// Variables of the manifest that are to differ.
    pub variables: BTreeMap<String, String>,
}

impl Settings {
    /// The application of a project, with policies and leases that are short enough for a test.
    pub fn new(project: impl Into<PathBuf>, program: impl Into<PathBuf>) -> Self {
        let project = project.into();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), PathBuf::from);
        let policy = |timeout: Option<u32>| {
            let mut policy = json!({
                "IntervalSeconds": 1, "MaxAttempts": 12, "BackoffRate": 1.2, "MaxDelaySeconds": 3, "JitterStrategy": "FULL",
            });
            if let Some(seconds) = timeout {
                policy["TimeoutSeconds"] = seconds.into();
            }
            policy.to_string()
        };
        // A circuit that opens must not stay open for longer than a test wants to wait.
        let limits = json!({
            "MaxInFlight": 32,
            "CircuitBreaker": { "FailureThreshold": 5, "ProbeIntervalSeconds": 1, "MaxProbeIntervalSeconds": 4 },
        });
        Self {
            cache: target.join("spinlet-cache"),
            project,
            program: program.into(),
            variables: BTreeMap::from([
                ("lease_seconds".to_owned(), "3".to_owned()),
                ("transfer_policy".to_owned(), policy(Some(6))),
                ("verify_policy".to_owned(), policy(None)),
                ("normalize_policy".to_owned(), policy(None)),
                // One teacher hands in more here than a person does in a day.
                (
                    "submission_limits".to_owned(),
                    r#"{"submissions_per_day":1000000}"#.to_owned(),
                ),
                ("transfer_limits".to_owned(), limits.to_string()),
                ("verify_limits".to_owned(), limits.to_string()),
                ("normalize_limits".to_owned(), limits.to_string()),
            ]),
        }
    }
}

/// The services, the hosts and the balancer.
#[derive(Debug)]
pub struct Cluster {
    settings: Settings,
    hosts: Vec<Host>,
    balancer: Option<Balancer>,
    /// Redis, the bucket, the review service.
    pub services: Services,
    /// A teacher.
    pub teacher: Client,
    http: reqwest::Client,
    folder: TempDir,
}

impl Cluster {
    /// Starts the services. Nothing answers yet for the application.
    pub async fn start(settings: Settings) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("dossier-chaos-").tempdir()?;
        let mut options = Options::new(&settings.project, folder.path().join("data"));
        options.cache.clone_from(&settings.cache);
        options.variables.clone_from(&settings.variables);
        let services = options.start_services().await?;
        let teacher = Client::new(services.application_url(), &services.tokens().teacher);
        Ok(Self {
            settings,
            hosts: Vec::new(),
            balancer: None,
            teacher,
            http: reqwest::Client::builder().timeout(REQUEST).build()?,
            services,
            folder,
        })
    }

    /// Options for a host of this application.
    pub fn host(&self, name: &str) -> host::Options {
        let manifest = self.settings.project.join("spin.toml");
        host::Options::new(
            &self.settings.program,
            manifest,
            &self.settings.cache,
            &self.services,
            name,
        )
    }

    /// Starts hosts, and the balancer before them.
    pub async fn start_hosts(&mut self, number: usize) -> Result<()> {
        for index in 1..=number {
            self.hosts.push(self.host(&format!("host-{index}")).start().await?);
        }
        let hosts = self.hosts.iter().map(Host::address).collect();
        self.balancer = Some(Balancer::start(self.application_address()?, hosts).await?);
        Ok(())
    }

    /// Where the bucket, the review service and the callers look for the application.
    pub fn application_address(&self) -> Result<SocketAddr> {
        let addresses = self.services.application_url().socket_addrs(|| None)?;
        addresses.first().copied().context("the application has no address")
    }

    /// The hosts.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Waits until something is the case.
    pub async fn eventually<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
        let begun = Instant::now();
        let mut trouble = None;
        loop {
            match look().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                // The application may be away for a moment.
                Err(error) => trouble = Some(error),
            }
            if begun.elapsed() > PATIENCE {
                let error = trouble.unwrap_or_else(|| anyhow::anyhow!("it did not happen within {PATIENCE:?}"));
                return Err(error.context(what.to_owned()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// How full the queues are.
    pub async fn queues(&self) -> Result<Queues> {
        self.operator("v1/queues").await
    }

    /// What happened to a document.
    pub async fn history(&self, document: &str) -> Result<History> {
        self.operator(&format!("v1/documents/{document}/history")).await
    }

    /// Gives a dead letter a fresh policy.
    pub async fn redrive(&self, queue: &str, document: &str) -> Result<()> {
        let path = format!("v1/dead-letters/{queue}/{document}/redrive");
        let url = self.services.application_url().join(&path)?;
        let request = self.http.post(url).bearer_auth(&self.services.tokens().operator);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn operator<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let url = self.services.application_url().join(path)?;
        let request = self.http.get(url).bearer_auth(&self.services.tokens().operator);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Tells the review service how to behave: `{"rules": […]}`.
    pub async fn behave(&self, rules: &Value) -> Result<()> {
        let url = self.services.review_service_url().join("v1/behaviour")?;
        let request = self.http.put(url).bearer_auth(&self.services.secrets().vendor_token);
        request.json(rules).send().await?.error_for_status()?;
        Ok(())
    }

    /// The latest of what the review service has seen and done, oldest first.
    pub async fn review_log(&self) -> Result<Vec<Value>> {
        let url = self.services.review_service_url().join("v1/log")?;
        let request = self.http.get(url).bearer_auth(&self.services.secrets().vendor_token);
        let mut log: Value = request.send().await?.error_for_status()?.json().await?;
        match log["entries"].take() {
            Value::Array(entries) => Ok(entries),
            other => bail!("the review service's log is {other}"),
        }
    }

    /// Forgets the database, which no host may have open.
    pub fn forget_rows(&self) -> Result<()> {
        for file in ["sqlite_db.db", "sqlite_db.db-journal"] {
            match std::fs::remove_file(self.services.folder().join("state").join(file)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Every row of the database, by document: how often it is there, and the canonical document. Nobody must be writing.
    pub fn rows(&self) -> Result<BTreeMap<String, Row>> {
        let path = self.services.folder().join("state").join("sqlite_db.db");
        // Without the right to write, a journal that a crash left behind could not be rolled back.
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let intact: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        ensure!(intact == "ok", "the database is damaged: {intact}");
        let mut statement = database.prepare("SELECT document, body FROM documents")?;
        let mut found = statement.query([])?;
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        while let Some(row) = found.next()? {
            let (document, body): (String, String) = (row.get(0)?, row.get(1)?);
            let body = serde_json::from_str(&body).context("a row holds no JSON")?;
            rows.entry(document)
                .and_modify(|row| row.count += 1)
                .or_insert(Row { count: 1, body });
        }
        Ok(rows)
    }

    /// A file for the tests in the cluster's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Stops everything.
    pub async fn shutdown(self) {
        drop(self.balancer);
        for host in self.hosts {
            host.shutdown().await;
        }
        self.services.shutdown().await;
    }

    /// Stops everything, and leaves the folder where it is, for whoever wants to know what happened.
    pub async fn shutdown_and_keep(mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        let folder = self.folder.path().to_owned();
        self.shutdown().await;
        folder
    }
}

/// What the database holds of one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How many rows there are.
    pub count: usize,
    /// The canonical document.
    pub body: Value,
}

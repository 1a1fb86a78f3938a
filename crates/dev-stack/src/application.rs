//! The application in the embedded host, started again when it ends.
//!
//! A Spin process ends when the connection of its Redis trigger does, and leaves the rest to whoever supervises it. So
//! does the embedded host; this is the one who supervises.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use spinlet::Counters;
use tokio::sync::{mpsc, oneshot, watch};
use url::Url;

use crate::ports::Reserved;
use crate::supervisor::{Part, State, Supervisor};

/// How the application is run.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) manifest: PathBuf,
    pub(crate) state: PathBuf,
    /// What components print, in a file each, as Spin keeps it.
    pub(crate) logs: PathBuf,
    pub(crate) cache: PathBuf,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) url: Url,
}

/// The application under supervision.
#[derive(Debug)]
pub struct Application {
    url: Url,
    supervisor: Supervisor,
    questions: mpsc::Sender<Question>,
}

/// Asks the host what each component did.
type Question = oneshot::Sender<BTreeMap<String, Counters>>;

impl Application {
    /// Starts the application once Redis answers.
    pub(crate) async fn start(
        settings: Settings,
        address: Reserved,
        redis: watch::Receiver<State>,
    ) -> Result<Self, spinlet::Error> {
        let url = settings.url.clone();
        let (sender, questions) = mpsc::channel(1);
        let host = Host {
            listen: address.address(),
            reserved: Some(address),
            settings,
            redis,
            questions,
        };
        Ok(Self {
            url,
            supervisor: Supervisor::start(host).await?,
            questions: sender,
        })
    }

    /// The application's address, with a slash at its end.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Stops the application gracefully. It stays down until [`Application::resume`].
    pub async fn stop(&self) {
        self.supervisor.down().await;
    }

    /// Starts the application again after [`Application::stop`].
    pub async fn resume(&self) {
        self.supervisor.up().await;
    }

    /// How often the application was started.
    pub fn starts(&self) -> u32 {
        self.supervisor.starts()
    }

    /// Waits until the application has been started this often, and answers.
    pub async fn started(&self, times: u32) {
        self.supervisor.started(times).await;
    }

    /// What each component did since the application was started the last time; nothing while it is down.
    pub async fn counters(&self) -> BTreeMap<String, Counters> {
        let mut state = self.supervisor.state();
        let ask = async {
            let (question, answer) = oneshot::channel();
            self.questions.send(question).await.ok()?;
            answer.await.ok()
        };
        tokio::select! {
            counters = ask => counters.unwrap_or_default(),
            _ = state.wait_for(|state| !state.up) => BTreeMap::new(),
        }
    }

    pub(crate) async fn shutdown(self) {
        self.supervisor.shutdown().await;
    }
}

/// The embedded host, and what it waits for.
struct Host {
    listen: SocketAddr,
    /// Held until the first start.
    reserved: Option<Reserved>,
    settings: Settings,
    redis: watch::Receiver<State>,
    questions: mpsc::Receiver<Question>,
}

impl Part for Host {
    type Running = spinlet::Running;
    type Error = spinlet::Error;
    const NAME: &'static str = "the application";

    async fn start(&mut self) -> Result<spinlet::Running, spinlet::Error> {
        // Without Redis it would end at once. The sender is gone when the stack is; then nobody waits for this either.
        let _ = self.redis.wait_for(|redis| redis.up).await;
        if let Some(reserved) = self.reserved.take() {
            reserved.release().await;
        }
        let mut options = spinlet::Options::new(&self.settings.manifest);
        options.variables.clone_from(&self.settings.variables);
        options.listen = self.listen;
        options.state.clone_from(&self.settings.state);
        options.cache.clone_from(&self.settings.cache);
        std::fs::create_dir_all(&self.settings.logs).map_err(|source| spinlet::Error::Read {
            path: self.settings.logs.clone(),
            source,
        })?;
        options.logs = Some(self.settings.logs.clone());
        options.start().await
    }

    async fn ended(&mut self, running: &mut spinlet::Running) -> String {
        loop {
            tokio::select! {
                stop = running.stopped() => return stop.to_string(),
                Some(question) = self.questions.recv() => {
                    // Whoever asked may have given up, which is their affair.
                    let _ = question.send(running.counters());
                }
            }
        }
    }

    async fn stop(&mut self, running: spinlet::Running) {
        running.shutdown().await;
    }
}

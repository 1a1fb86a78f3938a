//! The application in a process of its own, which can be killed.
//!
//! It is run as a platform would run it: started again when it ends, and probed, since a probe is what rings the bells that
//! nobody heard while the process was away. Several may run on the same services and the same database.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Services;
use crate::ports::Reserved;
use crate::prober::Prober;
use crate::supervisor::{Part, Supervisor};

/// The pause between two probes.
const PROBE: Duration = Duration::from_secs(1);

/// How long a process that was told to end may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a host is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `spinlet` command.
    pub program: PathBuf,
    /// The manifest of the application.
    pub manifest: PathBuf,
    /// Where it listens; port 0 takes any free port, which it keeps.
    pub listen: SocketAddr,
    /// The folder of the database, which several hosts may share.
    pub state: PathBuf,
    /// The folder for compiled components, which hosts may share.
    pub cache: PathBuf,
    /// The file to which the log is appended.
    pub log: PathBuf,
    /// The manifest's variables.
    pub variables: BTreeMap<String, String>,
    /// More arguments of `spinlet up`, for the first start alone: where the process is to crash, say.
    pub at_first: Vec<OsString>,
}

impl Options {
    /// A host on a free port of the loopback interface, for the application of `manifest` on these services. Its log is
    /// named after it.
    pub fn new(
        program: impl Into<PathBuf>,
        manifest: impl Into<PathBuf>,
        cache: impl Into<PathBuf>,
        services: &Services,
        name: &str,
    ) -> Self {
        Self {
            program: program.into(),
            manifest: manifest.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state: services.folder().join("state"),
            cache: cache.into(),
            log: services.folder().join(&format!("{name}.log")),
            variables: services.variables().clone(),
            at_first: Vec::new(),
        }
    }

    /// Starts the host and waits until it answers.
    pub async fn start(mut self) -> Result<Host, Error> {
        let reserved = Reserved::new(self.listen).map_err(|error| Error::Address(Box::new(error)))?;
        self.listen = reserved.release().await;
        let address = self.listen;
        let seen = Arc::new(Seen::default());
        let process = Process {
            at_first: std::mem::take(&mut self.at_first),
            options: self,
            seen: Arc::clone(&seen),
        };
        let supervisor = Supervisor::start(process).await?;
        Ok(Host {
            address,
            seen,
            supervisor,
            _prober: Prober::start(format_args!("http://{address}"), PROBE),
        })
    }
}

/// Why a host did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no address for it.
    #[error("there is no address for the host")]
    Address(#[source] Box<crate::Error>),
    /// The program could not be run.
    #[error("{} could not be run", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It ended before it was ready.
    #[error("the host ended before it was ready ({status}): {} says why", log.display())]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
    },
}

/// A host under supervision. Dropping it ends it at once.
#[derive(Debug)]
pub struct Host {
    address: SocketAddr,
    seen: Arc<Seen>,
    supervisor: Supervisor,
    _prober: Prober,
}

/// What is known about the processes.
#[derive(Debug, Default)]
struct Seen {
    /// The id of the one that runs, 0 while there is none.
    process: AtomicU32,
    ends: Mutex<Vec<ExitStatus>>,
}

impl Seen {
    fn end(&self, status: ExitStatus) {
        self.process.store(0, Ordering::Release);
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).push(status);
    }
}

impl Host {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills the process, if there is one: whatever it does is over in the middle. It is started again at once. Gives
    /// whether there was one.
    pub fn kill(&self) -> bool {
        self.signal(Signal::KILL)
    }

    /// The id of its process, if there is one.
    pub fn process(&self) -> Option<u32> {
        Some(self.seen.process.load(Ordering::Acquire)).filter(|process| *process > 0)
    }

    /// How often it was started, and answered.
    pub fn starts(&self) -> u32 {
        self.supervisor.starts()
    }

    /// Waits until it has been started this often, and answers.
    pub async fn started(&self, times: u32) {
        self.supervisor.started(times).await;
    }

    /// How each of its processes ended, those that ended before they were ready included.
    pub fn ends(&self) -> Vec<ExitStatus> {
        self.seen.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops it gracefully, for good.
    pub async fn shutdown(self) {
        self.supervisor.shutdown().await;
    }

    fn signal(&self, signal: Signal) -> bool {
        let process = i32::try_from(self.seen.process.load(Ordering::Acquire)).ok();
        let process = process.and_then(Pid::from_raw);
        process.is_some_and(|process| kill_process(process, signal).is_ok())
    }
}

/// One process after the other.
struct Process {
    options: Options,
    at_first: Vec<OsString>,
    seen: Arc<Seen>,
}

impl Process {
    fn command(&mut self) -> Result<Command, std::io::Error> {
        let options = &self.options;
        if let Some(folder) = options.log.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let log = File::options().create(true).append(true).open(&options.log)?;
        let mut command = Command::new(&options.program);
        command.arg("up").arg("--from").arg(&options.manifest);
        command.args(["--listen", &options.listen.to_string()]);
        command.arg("--state-dir").arg(&options.state);
        command.arg("--cache-dir").arg(&options.cache);
        command.args(std::mem::take(&mut self.at_first));
        // Some are secrets, which have no business in the list of processes.
        for (name, value) in &options.variables {
            command.env(format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase()), value);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        // Ctrl-C is for whoever started it, who then stops it.
        command.process_group(0).kill_on_drop(true);
        Ok(command)
    }
}

impl Part for Process {
    type Running = Child;
    type Error = Error;
    const NAME: &'static str = "the host";

    async fn start(&mut self) -> Result<Child, Error> {
        let program = self.options.program.clone();
        let cannot_run = |source| Error::Run { program, source };
        let started = self.command().and_then(|mut command| command.spawn());
        let mut child = started.map_err(cannot_run)?;
        self.seen.process.store(child.id().unwrap_or(0), Ordering::Release);
        // It prints its address when it is ready. What follows has room in the pipe, which stays open.
        let mut line = String::new();
        let told = match child.stdout.as_mut() {
            Some(output) => BufReader::new(output).read_line(&mut line).await.unwrap_or(0),
            None => 0,
        };
        if told > 0 {
            return Ok(child);
        }
        let status = child.wait().await.map_err(|source| Error::Run {
            program: self.options.program.clone(),
            source,
        })?;
        self.seen.end(status);
        Err(Error::Ended {
            status,
            log: self.options.log.clone(),
        })
    }

    async fn ended(&mut self, running: &mut Child) -> String {
        match running.wait().await {
            Ok(status) => {
                self.seen.end(status);
                status.to_string()
            }
            Err(error) => error.to_string(),
        }
    }

    async fn stop(&mut self, mut running: Child) {
        // Without an id it has ended already.
        let Some(process) = running.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) else {
            return;
        };
        // It may end between the question and the signal.
        let _ = kill_process(process, Signal::TERM);
        if tokio::time::timeout(PATIENCE, running.wait()).await.is_err() {
            let _ = running.kill().await;
        }
    }
}

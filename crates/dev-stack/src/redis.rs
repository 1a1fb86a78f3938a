//! A Redis (or Valkey) server as a child process.
//!
//! It is never left behind: a small shell stands between, which stops the server as soon as the pipe to its standard
//! input closes. That happens when the stack wants it, and also when the stack's process ends in any other way. (Linux
//! can send a signal when a parent dies, but it takes the parent's *thread* for the parent, and an asynchronous
//! runtime's threads come and go.) The shell is in a process group of its own, so that Ctrl-C reaches the stack alone,
//! which then stops its parts in order.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tracing::warn;

use crate::supervisor::{Part, State, Supervisor};

/// Runs its arguments as a command, prints the command's process id, and stops the command when standard input ends.
const LEASH: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -TERM "$server"; kill -CONT "$server"; } 2>/dev/null &
leash=$!
exec 3<&- 2>/dev/null
echo "$server"
wait "$server"
status=$?
kill "$leash" 2>/dev/null
exit "$status"
"#;

/// How long a server may take to write its append-only file and go.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server's log, in its data folder.
const LOG: &str = "redis.log";

/// Why Redis could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no server program.
    #[error("neither redis-server nor valkey-server is on the PATH: `cargo xtask setup` installs one")]
    Missing,
    /// The program could not be run.
    #[error("{program} could not be run")]
    Run {
        /// The program.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The server ended before it was ready.
    #[error("Redis ended before it was ready ({status}): {log}")]
    Ended {
        /// How it ended.
        status: String,
        /// The end of its log.
        log: String,
    },
}

/// A Redis server under supervision: started again when it dies.
#[derive(Debug)]
pub struct Redis {
    address: SocketAddr,
    process: Arc<AtomicI32>,
    supervisor: Supervisor,
}

impl Redis {
    /// Starts a server at this address, which keeps its data in this folder.
    pub(crate) async fn start(address: SocketAddr, data: PathBuf) -> Result<Self, Error> {
        let program = ["redis-server", "valkey-server"]
            .into_iter()
            .find(|name| on_path(name))
            .ok_or(Error::Missing)?;
        let process = Arc::new(AtomicI32::new(0));
        let server = Server {
            program,
            address,
            data,
            process: Arc::clone(&process),
        };
        Ok(Self {
            address,
            process,
            supervisor: Supervisor::start(server).await?,
        })
    }

    /// The server's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's address as clients write it: `redis://127.0.0.1:6379`.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Stops the server gracefully. It stays down until [`Redis::resume`].
    pub async fn stop(&self) {
        self.supervisor.down().await;
    }

    /// Starts the server again after [`Redis::stop`], and waits until it answers.
    pub async fn resume(&self) {
        self.supervisor.up().await;
    }

    /// Kills the server as a crash would; it is started again at once, from its append-only file.
    pub fn kill(&self) -> std::io::Result<()> {
        self.signal(Signal::KILL)
    }

    /// Lets the server hang: it answers nothing until [`Redis::thaw`].
    pub fn freeze(&self) -> std::io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Ends what [`Redis::freeze`] began.
    pub fn thaw(&self) -> std::io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// How often the server was started.
    pub fn starts(&self) -> u32 {
        self.supervisor.starts()
    }

    /// Waits until the server has been started this often, and answers.
    pub async fn started(&self, times: u32) {
        self.supervisor.started(times).await;
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.supervisor.state()
    }

    pub(crate) async fn shutdown(self) {
        self.supervisor.shutdown().await;
    }

    fn signal(&self, signal: Signal) -> std::io::Result<()> {
        signal_process(self.process.load(Ordering::Acquire), signal)
    }
}

fn signal_process(process: i32, signal: Signal) -> std::io::Result<()> {
    match Pid::from_raw(process) {
        Some(pid) => Ok(kill_process(pid, signal)?),
        None => Err(std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "Redis is not running",
        )),
    }
}

/// How the server is run.
struct Server {
    program: &'static str,
    address: SocketAddr,
    data: PathBuf,
    /// The process id of the server, 0 while there is none.
    process: Arc<AtomicI32>,
}

/// A server that runs.
struct Running {
    shell: Child,
    /// Closing it stops the server.
    leash: ChildStdin,
}

impl Server {
    fn command(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LEASH, "sh", self.program]);
        command.args([
            "--bind",
            &self.address.ip().to_string(),
            "--port",
            &self.address.port().to_string(),
        ]);
        command.arg("--dir").arg(&self.data);
        command.args(["--logfile", LOG, "--daemonize", "no"]);
        // Every change is in the append-only file before it is acknowledged, so a crash of the server loses nothing.
        // Forcing it to the disk each time as well would only matter when the machine loses its power; the bucket holds
        // what it takes to rebuild the ledger then.
        command.args(["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]);
        // The expiry of a key is the alarm clock of the queues.
        command.args(["--notify-keyspace-events", "Ex"]);
        // A full server refuses writes. Making room by forgetting documents is never right.
        command.args(["--maxmemory-policy", "noeviction"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        command.process_group(0);
        command
    }

    fn cannot_run(&self, source: std::io::Error) -> Error {
        Error::Run {
            program: self.program.to_owned(),
            source,
        }
    }
}

impl Part for Server {
    type Running = Running;
    type Error = Error;
    const NAME: &'static str = "Redis";

    async fn start(&mut self) -> Result<Running, Error> {
        std::fs::create_dir_all(&self.data).map_err(|source| self.cannot_run(source))?;
        let mut shell = self.command().spawn().map_err(|source| self.cannot_run(source))?;
        let (Some(leash), Some(output)) = (shell.stdin.take(), shell.stdout.take()) else {
            return Err(self.cannot_run(std::io::Error::other("the shell has no pipes")));
        };
        let mut first_line = String::new();
        BufReader::new(output)
            .read_line(&mut first_line)
            .await
            .map_err(|source| self.cannot_run(source))?;
        self.process
            .store(first_line.trim().parse().unwrap_or(0), Ordering::Release);

        loop {
            tokio::select! {
                status = shell.wait() => {
                    self.process.store(0, Ordering::Release);
                    return Err(Error::Ended { status: in_words(status), log: end_of_log(&self.data) });
                }
                ready = answers(self.address) => if ready {
                    return Ok(Running { shell, leash });
                },
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn ended(&mut self, running: &mut Running) -> String {
        let status = running.shell.wait().await;
        format!("{}; the end of its log: {}", in_words(status), end_of_log(&self.data))
    }

    async fn stop(&mut self, mut running: Running) {
        drop(running.leash);
        if tokio::time::timeout(PATIENCE, running.shell.wait()).await.is_err() {
            warn!("Redis did not stop within {PATIENCE:?} and is killed");
            let process = self.process.load(Ordering::Acquire);
            if let Err(error) = signal_process(process, Signal::KILL) {
                warn!("Redis (process {process}) could not be killed: {error}");
            }
            let _ = running.shell.wait().await;
        }
        self.process.store(0, Ordering::Release);
    }
}

/// Whether the server answers a ping. While it loads its file it answers something else.
async fn answers(address: SocketAddr) -> bool {
    let ping = async {
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(b"PING\r\n").await?;
        let mut answer = [0; 7];
        connection.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == *b"+PONG\r\n")
    };
    matches!(tokio::time::timeout(Duration::from_secs(1), ping).await, Ok(Ok(true)))
}

fn in_words(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match status.code() {
            // This is how a shell reports a signal.
            Some(code) if code > 128 => format!("killed by signal {}", code - 128),
            _ => status.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

fn end_of_log(data: &Path) -> String {
    const LINES: usize = 3;
    let log = std::fs::read(data.join(LOG)).unwrap_or_default();
    let mut last = VecDeque::with_capacity(LINES);
    for line in String::from_utf8_lossy(&log)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        if last.len() == LINES {
            last.pop_front();
        }
        last.push_back(line.to_owned());
    }
    Vec::from(last).join(" | ")
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use std::net::Ipv4Addr;

    use super::*;
    use crate::ports::Reserved;

    /// Sends inline commands and gives what comes back until the server closes.
    async fn talk(address: SocketAddr, commands: &str) -> String {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection
            .write_all(format!("{commands}\r\nQUIT\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_keeps_what_it_acknowledged_and_is_not_left_behind() {
        let place = tempfile::tempdir().unwrap();
        let address = Reserved::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .unwrap()
            .release()
            .await;
        let redis = Redis::start(address, place.path().join("redis")).await.unwrap();

        // A crash right after the acknowledgement.
        assert!(talk(address, "SET document in-review").await.starts_with("+OK"));
        redis.kill().unwrap();
        redis.started(2).await;
        assert!(talk(address, "GET document").await.contains("in-review"));

        // A stop on request is not undone.
        redis.stop().await;
        assert!(TcpStream::connect(address).await.is_err());
        redis.resume().await;
        assert!(talk(address, "GET document").await.contains("in-review"));
        assert!(talk(address, "CONFIG GET notify-keyspace-events").await.contains("xE"));
        assert_eq!(redis.starts(), 3);

        // A supervisor that is dropped takes the server along, frozen or not.
        redis.freeze().unwrap();
        drop(redis);
        let gone = async {
            while TcpStream::connect(address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
    }

    #[tokio::test]
    async fn why_it_does_not_start_is_said() {
        let place = tempfile::tempdir().unwrap();
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let error = Redis::start(taken.local_addr().unwrap(), place.path().join("redis"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("Address already in use"), "{error}");
    }
}

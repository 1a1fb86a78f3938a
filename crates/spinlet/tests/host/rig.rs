//! What the tests stand on: the guests, a folder per application, a Redis, and a way to ask over HTTP.

use std::{
    collections::BTreeMap,
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use spinlet::{Options, Running};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// Far longer than anything here takes: the difference between slow and stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of the compiled guests.
pub(crate) fn guests() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--target",
                "wasm32-wasip2",
                "--target-dir",
            ])
            .arg(&target)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests"))
            // What is meant for the host's compiler is not meant for this one.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()
            .unwrap();
        assert!(status.success(), "the guests must build");
        target.join("wasm32-wasip2/debug")
    })
}

/// A folder with a manifest and the guests beside it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("spin.toml"), manifest).unwrap();
        for guest in ["probe.wasm", "front.wasm", "greeter.wasm", "earlier.wasm"] {
            fs::copy(guests().join(guest), folder.path().join(guest)).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.path().join("spin.toml"));
        options.cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        options
    }

    /// Writes another version of a guest: the same with one text in place of another of the same length.
    pub(crate) fn replace(&self, guest: &str, old: &str, new: &str) {
        let path = self.path().join(guest);
        let changed = replaced(&fs::read(&path).unwrap(), old, new);
        fs::write(&path, changed).unwrap();
    }
}

/// The bytes with one text in place of another of the same length.
pub(crate) fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = bytes.to_vec();
    let at = bytes.windows(old.len()).position(|window| window == old.as_bytes());
    let at = at.expect("the guest contains the text");
    bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    bytes
}

/// A Redis of one test, which ends with it.
pub(crate) struct Redis {
    child: Child,
    pub(crate) port: u16,
    /// Kept as long as the server runs in it.
    _data: TempDir,
}

impl Redis {
    pub(crate) fn start() -> Self {
        loop {
            // Somebody else may have taken the port in the meantime.
            if let Some(redis) = Self::start_on(free_port()) {
                return redis;
            }
        }
    }

    /// Starts on a port; none if it is not free.
    pub(crate) fn start_on(port: u16) -> Option<Self> {
        let data = tempfile::tempdir().unwrap();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .arg("--dir")
            .arg(data.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let mut redis = Self {
            child,
            port,
            _data: data,
        };
        let begin = Instant::now();
        while !redis.answers() {
            if redis.child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(begin.elapsed() < PATIENCE, "Redis must start");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(redis)
    }

    /// Whether it is this server that answers on the port.
    fn answers(&self) -> bool {
        let Some(mut connection) = self.connection() else {
            return false;
        };
        let info: redis::RedisResult<String> = redis::cmd("INFO").arg("server").query(&mut connection);
        info.is_ok_and(|info| info.contains(&format!("process_id:{}\r\n", self.child.id())))
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn connection(&self) -> Option<redis::Connection> {
        redis::Client::open(self.address()).unwrap().get_connection().ok()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> redis::Value {
        let mut command = redis::cmd(arguments[0]);
        command.arg(&arguments[1..]);
        command.query(&mut self.connection().unwrap()).unwrap()
    }

    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        redis::from_owned_redis_value(self.command(&["LRANGE", key, "0", "-1"])).unwrap()
    }

    /// Waits until the list has that many entries.
    pub(crate) async fn wait_for(&self, key: &str, entries: usize) -> Vec<String> {
        let begin = Instant::now();
        loop {
            let list = self.list(key);
            if list.len() >= entries {
                return list;
            }
            assert!(begin.elapsed() < PATIENCE, "{key} has only {list:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on at the moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

/// Asks for a path.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, path, &BTreeMap::new(), "").await
}

/// Sends a request; a POST if there is something to send.
pub(crate) async fn ask(address: SocketAddr, path: &str, headers: &BTreeMap<String, String>, body: &str) -> Answer {
    let asked = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().uri(path);
        if !headers.contains_key("host") {
            request = request.header("host", address.to_string());
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let method = if body.is_empty() { "GET" } else { "POST" };
        let request = request
            .method(method)
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("an answer comes")
}

/// The body of a path that answers 200.
pub(crate) async fn body(app: &Running, path: &str) -> String {
    let answer = get(app.address(), path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
    answer.body
}

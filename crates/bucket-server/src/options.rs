use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// How a bucket server is set up. [`Options::new`] fills in what a developer's machine wants; every field may be
/// changed before [`Options::start`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on; port 0 takes any free port, which [`crate::Running::address`] then tells.
    pub listen: SocketAddr,
    /// The folder that holds the index and the bytes. It is created when missing, and one server at a time may use it.
    pub data: PathBuf,
    /// The name of the one bucket that there is. It always exists; requests are path-style (`/<bucket>/<key>`).
    pub bucket: String,
    /// The region that signatures must be made for, as S3 demands it.
    pub region: String,
    /// The access key id that signs requests.
    pub access_key: String,
    /// The secret that belongs to [`Options::access_key`].
    pub secret_key: String,
    /// Where to send event notifications; without it no events are kept.
    pub notifications: Option<Notifications>,
    /// Origins whose pages may talk to the bucket (`https://app.example`), or `*` for any. Their scripts can read
    /// the `ETag` of an answer, which multipart uploads need.
    pub cors_origins: Vec<String>,
    /// Aborts multipart uploads that are older than this, and frees their parts. Lifecycle rules do the same per
    /// prefix, but count in days; this is for a development stack or a test that cannot wait for a day.
    pub unfinished_uploads_expire_after: Option<Duration>,
}

impl Options {
    /// Options for a bucket named `dossier` in the folder `data`, on a free port of the loopback interface, with
    /// the key pair `dossier` and `dossier-secret`, no notifications, and pages of any origin allowed.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: data.into(),
            bucket: "dossier".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "dossier".to_owned(),
            secret_key: "dossier-secret".to_owned(),
            notifications: None,
            cors_origins: vec!["*".to_owned()],
            unfinished_uploads_expire_after: None,
        }
    }
}

/// The webhook that hears of every object that is created or removed.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// The `http:` address that each event is posted to.
    pub url: Url,
    /// Sent as `Authorization: Bearer <token>`.
    pub token: String,
}

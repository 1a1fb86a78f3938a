//! What a host is told: which application, where it listens, where it keeps things.

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use crate::{Effects, Error, Running, start::start};

/// How to run an application. Start from [`Options::new`] and change what should be different.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The manifest, `spin.toml`.
    pub manifest: PathBuf,
    /// Values of application variables, in place of their defaults.
    pub variables: BTreeMap<String, String>,
    /// Where to listen for HTTP; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder of the database `default`.
    pub state: PathBuf,
    /// The folder of compiled components. Who can write to it decides what the host executes.
    pub cache: PathBuf,
    /// `runtime-config.toml`: where the other databases are.
    pub runtime_config: Option<PathBuf>,
    /// A folder for what components print, besides the log: `<component>_stdout.txt`, `<component>_stderr.txt`.
    pub logs: Option<PathBuf>,
    /// How long [`Running::shutdown`] waits for the events at hand.
    pub drain: Duration,
    /// Effects that are traced, and one at which the process ends: for tests of what a crash leaves behind.
    pub effects: Option<Effects>,
}

impl Options {
    /// Runs the application of `manifest` on a free port of 127.0.0.1, with `.spin` and `.spin/cache` beside the manifest
    /// as its folders and the defaults of its variables.
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        let manifest = manifest.into();
        let state = manifest.with_file_name(".spin");
        Self {
            cache: state.join("cache"),
            state,
            manifest,
            variables: BTreeMap::new(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            runtime_config: None,
            logs: None,
            drain: Duration::from_secs(5),
            effects: None,
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Loads and starts the application. When this returns, it listens, and its Redis triggers have subscribed.
    ///
    /// # Errors
    ///
    /// Everything that can be known beforehand: see [`Error`].
    pub async fn start(self) -> Result<Running, Error> {
        start(self).await
    }
}

/// Without the values of the variables, some of which are secrets.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("manifest", &self.manifest)
            .field("variables", &self.variables.keys())
            .field("listen", &self.listen)
            .field("state", &self.state)
            .field("cache", &self.cache)
            .field("runtime_config", &self.runtime_config)
            .field("logs", &self.logs)
            .field("drain", &self.drain)
            .field("effects", &self.effects)
            .finish()
    }
}

//! Why an application does not start: every message names the place to look at and, where there is one, the remedy.

use std::{net::SocketAddr, path::PathBuf};

/// Why an application could not be loaded or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that the application consists of could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder for databases, compiled components or logs could not be made.
    #[error("cannot create the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file for the trace of effects could not be opened.
    #[error("cannot write {}: {source}", path.display())]
    Trace {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest or the runtime configuration says something that is wrong, or that this host does not implement.
    #[error("{}{}: {field}: {reason}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Field {
        /// The file.
        path: PathBuf,
        /// The line in it, where it is known.
        line: Option<usize>,
        /// The field, as a dotted path (`component.upload.files`).
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Variables that have neither a default nor a value: all of them at once.
    #[error(
        "the application needs a value for {}",
        .0.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    MissingVariables(Vec<String>),
    /// Values for variables that the manifest does not declare.
    #[error(
        "the manifest declares no variable {}",
        .0.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    UnknownVariables(Vec<String>),
    /// A component's file is not there, most likely because it was never built.
    #[error("component `{component}`: there is no file {}: build it first (`spin build`)", path.display())]
    NotBuilt {
        /// The component.
        component: String,
        /// The file that its `source` names.
        path: PathBuf,
    },
    /// A component's file is there but cannot be used: it does not compile, compose, or fit this host.
    #[error("component `{component}`: {reason}")]
    Component {
        /// The component.
        component: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The address for HTTP is not free, or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A Redis trigger found no Redis.
    #[error("the Redis trigger cannot subscribe at {address}: {reason}")]
    Redis {
        /// Host and port, without credentials.
        address: String,
        /// What the connection attempt ended with.
        reason: String,
    },
    /// The engine that runs the components could not be set up.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
}

impl Error {
    /// An error about one component.
    pub(crate) fn component(component: &str, reason: impl std::fmt::Display) -> Self {
        Self::Component {
            component: component.to_owned(),
            reason: reason.to_string(),
        }
    }
}

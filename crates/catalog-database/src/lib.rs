//! The database that evaluators read from: one row per normalized document.
//!
//! The pipeline writes it once per document and never reads it; the catalog reads it and never writes. Its statements are
//! in `sql/`. They are SQLite's dialect, which libSQL shares, and keep to what PostgreSQL understands as well, but for
//! the placeholders and the table's `WITHOUT ROWID`.
//!
//! There is no migration step to forget: the first write into an empty database creates the table.

#![forbid(unsafe_code)]

mod delete;
mod read;
mod viewer;
mod write;

pub use read::{Content, Entry, Made};
pub use viewer::Viewer;
pub use write::NewRow;

use spin_sdk::sqlite::{self, Connection, QueryResult, Value};

/// Why the database could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest does not grant the database to this component, or the platform has none of that name.
    #[error("the database cannot be opened: {0}")]
    Open(#[source] sqlite::Error),
    /// A statement failed.
    #[error("the database refused a statement: {0}")]
    Statement(#[source] sqlite::Error),
    /// A row is not as this version writes it.
    #[error("a row of the database has no {0}")]
    Row(&'static str),
}

impl Error {
    /// Whether the same statement may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Statement(_) | Self::Open(sqlite::Error::Io(_)))
    }

    /// Whether this is an empty database, into which nothing was ever written.
    fn is_missing_table(&self) -> bool {
        matches!(self, Self::Statement(sqlite::Error::Io(reason)) if reason.contains("no such table"))
    }
}

/// The database that the manifest calls `default`.
pub struct Database {
    connection: Connection,
}

impl Database {
    /// Opens it.
    pub async fn open() -> Result<Self, Error> {
        Ok(Self {
            connection: Connection::open_default().await.map_err(Error::Open)?,
        })
    }

    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        self.connection
            .execute(statement, parameters)
            .await
            .map_err(Error::Statement)
    }

    async fn run(&self, statement: &str, parameters: Vec<Value>) -> Result<(), Error> {
        self.execute(statement, parameters)
            .await?
            .result()
            .await
            .map_err(Error::Statement)
    }

    /// Whether it answers.
    pub async fn check(&self) -> Result<(), Error> {
        self.run("SELECT 1", Vec::new()).await
    }
}

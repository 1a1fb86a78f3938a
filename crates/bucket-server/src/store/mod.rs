//! The store behind the protocol: an index in SQLite, and the bytes in files.

pub(crate) mod blobs;
mod collector;
pub(crate) mod conditions;
pub(crate) mod digest;
mod direct;
pub(crate) mod error;
pub(crate) mod events;
mod index;
pub(crate) mod lifecycle;
pub(crate) mod listing;
pub(crate) mod moment;
pub(crate) mod multipart;
pub(crate) mod objects;
pub(crate) mod read;

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use self::blobs::Blobs;
use self::error::Error;
use self::events::Outbox;
use self::index::Index;

/// Everything that the bucket keeps.
#[derive(Debug)]
pub(crate) struct Store {
    index: Arc<Index>,
    pub(crate) blobs: Arc<Blobs>,
    outbox: Outbox,
    /// Locked, so that no other server opens the same folder.
    _lock: File,
}

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("another server uses the folder")]
    InUse,
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Store {
    /// Opens the store in a folder, creates it when it is not there, and clears away what a crash left behind.
    pub(crate) fn open(folder: &Path, outbox: Outbox) -> Result<Self, OpenError> {
        fs::create_dir_all(folder).map_err(Error::File)?;
        let lock = File::create(folder.join("lock")).map_err(Error::File)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(Error::File(error).into()),
        }
        let index = Index::open(&folder.join("index.sqlite"))?;
        let blobs = Blobs::open(folder.join("blobs")).map_err(Error::File)?;
        let known = index.write_and_wait(|connection| {
            // Nobody reads yet, so what was garbage is unknown by now.
            connection.execute("DELETE FROM garbage", [])?;
            let mut query = connection.prepare("SELECT blob FROM segments UNION SELECT blob FROM parts")?;
            let blobs = query.query_map([], |row| row.get(0))?;
            Ok(blobs.collect::<Result<HashSet<String>, _>>()?)
        })?;
        let removed = blobs.sweep(&known).map_err(Error::File)?;
        if removed > 0 {
            tracing::info!(removed, "files of writes that were cut off are cleared away");
        }
        Ok(Self {
            index: Arc::new(index),
            blobs: Arc::new(blobs),
            outbox,
            _lock: lock,
        })
    }

    /// Hears of every change from now on; several in a row may be heard as one.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.index.changes()
    }
}

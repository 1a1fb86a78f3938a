//! The files that hold the bytes.
//!
//! Their names are new ids, so that no path is ever made from a key, and none is written to a second time. A file that
//! the index does not know is left over from a write that was cut off; [`Blobs::sweep`] removes it at the next start.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::StreamExt;
use s3s::dto::StreamingBlob;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::digest::{Algorithm, Digests, Hasher};
use super::direct::DirectFile;
use super::error::Error;
use super::index::run;

/// How much is gathered from the network before it is hashed and written, which is done off the event loop. Two such
/// batches, one arriving and one being written, and the block that goes to the disk are all that an upload holds in memory.
const BATCH: usize = 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Blobs {
    folder: PathBuf,
    readers: Mutex<Readers>,
}

#[derive(Debug, Default)]
struct Readers {
    /// Which files are being read, and by how many.
    leases: HashMap<String, usize>,
    /// Which of those go when nobody reads them any more.
    doomed: HashSet<String>,
}

impl Blobs {
    /// Opens the folder, and creates it when it is not there.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            readers: Mutex::default(),
        })
    }

    /// Removes every file that is not among `known`; tells how many those were.
    pub(crate) fn sweep(&self, known: &HashSet<String>) -> io::Result<usize> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Opens a file for reading.
    pub(crate) fn read(&self, blob: &str) -> io::Result<File> {
        File::open(self.folder.join(blob))
    }

    /// Removes files that the index does not refer to any more; one that is being read goes with its last reader.
    pub(crate) fn remove(&self, blobs: Vec<String>) {
        let mut readers = self.readers();
        let (read, unread): (Vec<_>, Vec<_>) = blobs.into_iter().partition(|blob| readers.leases.contains_key(blob));
        readers.doomed.extend(read);
        drop(readers);
        for blob in unread {
            self.unlink(&blob);
        }
    }

    fn unlink(&self, blob: &str) {
        if let Err(error) = fs::remove_file(self.folder.join(blob)) {
            // The next start tries again.
            tracing::warn!(blob, %error, "a file of the store could not be removed");
        }
    }

    /// Keeps files from being removed while they are read. Whoever takes a lease must look afterwards whether the
    /// index still refers to the files: before, they may have been removed.
    pub(crate) fn lease(self: &Arc<Self>, blobs: Vec<String>) -> Lease {
        let mut readers = self.readers();
        for blob in &blobs {
            *readers.leases.entry(blob.clone()).or_default() += 1;
        }
        drop(readers);
        Lease {
            blobs: Arc::clone(self),
            names: blobs,
        }
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what arrives into a new file, which is on the disk when this returns and goes away again unless
    /// [`Received::keep`] is called. `size` is what the client announced.
    pub(crate) async fn receive(
        &self,
        mut body: StreamingBlob,
        size: u64,
        algorithm: Option<Algorithm>,
    ) -> Result<Received, Error> {
        let blob = Uuid::now_v7().simple().to_string();
        let path = self.folder.join(&blob);
        let mut received = Received {
            blob,
            size: 0,
            digests: Hasher::new(None).finish(),
            file: path.clone(),
            kept: AtomicBool::new(false),
        };

        let sink = run(move || Sink::create(&path, algorithm)).await?;
        let mut writing = tokio::task::spawn_blocking(move || Ok(sink));
        let mut batch = Vec::new();
        let mut gathered = 0;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(Error::Body)?;
            gathered += piece.len();
            received.size += piece.len() as u64;
            batch.push(piece);
            if received.size > size {
                break;
            }
            if gathered >= BATCH {
                let sink = finished(writing).await?;
                let pieces = std::mem::take(&mut batch);
                gathered = 0;
                writing = tokio::task::spawn_blocking(move || sink.write(&pieces));
            }
        }
        let sink = finished(writing).await?;
        if received.size != size {
            let received = received.size;
            return Err(Error::IncompleteBody {
                received,
                announced: size,
            });
        }
        let folder = self.folder.clone();
        received.digests = run(move || sink.write(&batch)?.finish(&folder)).await?;
        Ok(received)
    }
}

async fn finished(writing: JoinHandle<Result<Sink, Error>>) -> Result<Sink, Error> {
    writing.await.unwrap_or(Err(Error::Interrupted))
}

/// A file that is being written, and what is computed over it.
struct Sink {
    file: DirectFile,
    hasher: Hasher,
}

impl Sink {
    fn create(path: &Path, algorithm: Option<Algorithm>) -> Result<Self, Error> {
        let file = DirectFile::create(path)?;
        let hasher = Hasher::new(algorithm);
        Ok(Self { file, hasher })
    }

    fn write(mut self, pieces: &[Bytes]) -> Result<Self, Error> {
        for piece in pieces {
            self.hasher.update(piece);
            self.file.write(piece)?;
        }
        Ok(self)
    }

    fn finish(self, folder: &Path) -> Result<Digests, Error> {
        self.file.finish()?;
        // The name is on the disk only when the folder is.
        File::open(folder)?.sync_all()?;
        Ok(self.hasher.finish())
    }
}

/// Bytes that have arrived whole and are in a file.
#[derive(Debug)]
pub(crate) struct Received {
    /// The file's name.
    pub(crate) blob: String,
    pub(crate) size: u64,
    pub(crate) digests: Digests,
    file: PathBuf,
    /// Whether the index refers to the file.
    kept: AtomicBool,
}

impl Received {
    /// Leaves the file where it is: the index refers to it now.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !*self.kept.get_mut() {
            // What cannot be removed now is swept away at the next start.
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// Keeps files from being removed as long as it lives.
#[derive(Debug)]
pub(crate) struct Lease {
    blobs: Arc<Blobs>,
    names: Vec<String>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut readers = self.blobs.readers();
        let mut unread = Vec::new();
        for name in &self.names {
            if let Some(count) = readers.leases.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    readers.leases.remove(name);
                    if readers.doomed.remove(name) {
                        unread.push(name);
                    }
                }
            }
        }
        drop(readers);
        for name in unread {
            self.blobs.unlink(name);
        }
    }
}

//! The SQLite database that says what is in the bucket.
//!
//! One thread writes. Changes that are asked for while it waits for the disk are made together, each whole or not at
//! all, so that many small writes share one `fsync`; nobody hears of a change before it is on the disk (write-ahead
//! log, `synchronous = FULL`). A second connection reads, so that nobody who looks waits for somebody who writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::blobs::Received;
use super::error::Error;

/// How many changes share a transaction at most.
const TOGETHER: usize = 128;

/// A change: makes it, tells whether it is to stay, and hands over who is waiting to hear.
type Job = Box<dyn FnOnce(&Connection) -> (bool, Settle) + Send>;

/// Told whether the change is on the disk.
type Settle = Box<dyn FnOnce(bool) + Send>;

#[derive(Debug)]
pub(crate) struct Index {
    /// `None` only while the index is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    reader: Mutex<Connection>,
    /// Touched after every change, for those who clean up and those who deliver.
    changes: watch::Sender<()>,
}

impl Index {
    /// Opens the database in a file, and creates it when it is not there.
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        let mut connection = connect(file)?;
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            let transaction = connection.transaction()?;
            transaction.execute_batch(include_str!("schema.sql"))?;
            transaction.pragma_update(None, "user_version", 1)?;
            transaction.commit()?;
        }
        let reader = connect(file)?;
        let changes = watch::Sender::new(());
        let (jobs, queue) = mpsc::channel();
        let touched = changes.clone();
        let writer = thread::Builder::new()
            .name("bucket-index".to_owned())
            .spawn(move || write_forever(connection, &queue, &touched))?;
        Ok(Self {
            jobs: Some(jobs),
            writer: Some(writer),
            reader: Mutex::new(reader),
            changes,
        })
    }

    /// Hears of every change from now on; several in a row may be heard as one.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Makes one change, whole or not at all.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.queue(work, |_| {}).await.unwrap_or(Err(Error::Interrupted))
    }

    /// As [`Index::write`], on a thread that may wait.
    pub(crate) fn write_and_wait<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let answer = self.queue(work, |_| {}).blocking_recv();
        answer.unwrap_or(Err(Error::Interrupted))
    }

    /// Makes one change that refers to bytes that have just been received, and keeps their file if it is made.
    ///
    /// Both happen even when the client goes away meanwhile, because a file that is removed after the index began to
    /// refer to it would be a lost object.
    pub(crate) async fn write_keeping<T, F>(&self, received: Received, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Received) -> Result<T, Error> + Send + 'static,
    {
        let received = Arc::new(received);
        let described = Arc::clone(&received);
        let keep = move |made: bool| {
            if made {
                received.keep();
            }
        };
        let answer = self.queue(move |connection| work(connection, &described), keep);
        answer.await.unwrap_or(Err(Error::Interrupted))
    }

    /// Looks something up, in one state of the index.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let index = Arc::clone(self);
        run(move || {
            // A panic while the lock was held ended its transaction: the connection is as good as before.
            let mut reader = index.reader.lock().unwrap_or_else(PoisonError::into_inner);
            let snapshot = reader.transaction()?;
            work(&snapshot)
        })
        .await
    }

    /// Queues a change; `made` is told in the end whether it was made and is on the disk.
    fn queue<T, F, M>(&self, work: F, made: M) -> oneshot::Receiver<Result<T, Error>>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
        M: FnOnce(bool) + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = work(connection);
            let stays = outcome.is_ok();
            let settle: Settle = Box::new(move |committed| {
                made(stays && committed);
                let outcome = if stays && !committed {
                    Err(Error::Interrupted)
                } else {
                    outcome
                };
                // Whoever asked may have gone away.
                let _ = answer.send(outcome);
            });
            (stays, settle)
        });
        if let Some(jobs) = &self.jobs {
            // Without a writer the answer's sender is dropped with the job, which is an answer too.
            let _ = jobs.send(job);
        }
        answered
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // The writer ends when nobody can ask for anything any more; then the files are closed.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // It has logged what went wrong, if anything has.
            let _ = writer.join();
        }
    }
}

fn write_forever(mut connection: Connection, queue: &Receiver<Job>, changes: &watch::Sender<()>) {
    while let Ok(first) = queue.recv() {
        let mut waiting = Vec::new();
        let jobs = std::iter::once(first).chain(queue.try_iter()).take(TOGETHER);
        let committed = match write_together(&mut connection, jobs, &mut waiting) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "the index could not be written");
                false
            }
        };
        for settle in waiting {
            settle(committed);
        }
        changes.send_replace(());
    }
}

fn write_together(
    connection: &mut Connection,
    jobs: impl Iterator<Item = Job>,
    waiting: &mut Vec<Settle>,
) -> Result<(), rusqlite::Error> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        let savepoint = transaction.savepoint()?;
        // Dropped, a savepoint is rolled back.
        if let Ok((stays, settle)) = catch_unwind(AssertUnwindSafe(|| job(&savepoint))) {
            waiting.push(settle);
            if stays {
                savepoint.commit()?;
            }
        }
    }
    transaction.commit()
}

fn connect(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Runs work that waits for the disk where it holds nobody up.
pub(super) async fn run<T, F>(work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(Error::Interrupted))
}

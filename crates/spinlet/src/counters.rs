//! What a component did, in numbers that a test or a report can read.

use std::sync::atomic::{AtomicU64, Ordering};

/// What one component did since the application started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// HTTP requests that it was given, chained ones included.
    pub http_requests: u64,
    /// Redis messages that it was given.
    pub redis_messages: u64,
    /// Instances that were made of it.
    pub instances: u64,
    /// Redis connections that it opened.
    pub redis_connections: u64,
    /// Redis commands that it sent.
    pub redis_commands: u64,
    /// SQL statements that it executed.
    pub sqlite_statements: u64,
    /// HTTP requests that it sent, those that were denied left out.
    pub outbound_requests: u64,
}

/// The counters while they count.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    pub(crate) http_requests: Counter,
    pub(crate) redis_messages: Counter,
    pub(crate) instances: Counter,
    pub(crate) redis_connections: Counter,
    pub(crate) redis_commands: Counter,
    pub(crate) sqlite_statements: Counter,
    pub(crate) outbound_requests: Counter,
}

/// One number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counting {
    /// The numbers as they are now.
    pub(crate) fn read(&self) -> Counters {
        Counters {
            http_requests: self.http_requests.read(),
            redis_messages: self.redis_messages.read(),
            instances: self.instances.read(),
            redis_connections: self.redis_connections.read(),
            redis_commands: self.redis_commands.read(),
            sqlite_statements: self.sqlite_statements.read(),
            outbound_requests: self.outbound_requests.read(),
        }
    }
}

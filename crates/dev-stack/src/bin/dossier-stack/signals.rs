//! The signals that ask a process to end.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, a polite `kill`, and a terminal that is closed.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From now on these signals do not end the process by themselves.
    pub(crate) fn catch() -> Result<Self> {
        let catch = |kind| signal(kind).context("cannot catch signals");
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them, and gives the exit status of a process that it ended.
    pub(crate) async fn next(&mut self) -> u8 {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.hang_up.recv() => SignalKind::hangup(),
        };
        u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX)
    }

    /// Lets work be finished, but not against the will of a person who asks a second time.
    pub(crate) async fn unless_repeated<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            value = work => value,
            status = self.next() => std::process::exit(status.into()),
        }
    }
}

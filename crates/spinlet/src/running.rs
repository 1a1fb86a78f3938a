//! An application that runs, until it stops or is shut down.

use std::{collections::BTreeMap, fmt, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{runtime::Runtime, sync::watch, task::JoinHandle};

use crate::{Counters, application::Application};

/// Why an application ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// It was told to.
    Shutdown,
    /// A Redis trigger lost its connection. Spin's process ends then and counts on a supervisor to start it again.
    RedisLost {
        /// Host and port, without credentials.
        address: String,
    },
    /// The host itself failed, which is a defect in it.
    Failed {
        /// What happened.
        reason: String,
    },
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shutdown => formatter.write_str("the application was shut down"),
            Self::RedisLost { address } => {
                write!(formatter, "the Redis trigger lost its connection to {address}")
            }
            Self::Failed { reason } => write!(formatter, "the host failed: {reason}"),
        }
    }
}

/// An application that runs. Dropping it ends it at once.
///
/// It has threads of its own, so that a component that computes holds up neither the program that embeds it nor, once
/// it is over, anything at all.
pub struct Running {
    application: Arc<Application>,
    threads: Threads,
    triggers: JoinHandle<Stop>,
    stopping: watch::Sender<bool>,
    drain: Duration,
    stopped: Option<Stop>,
}

impl Running {
    pub(crate) fn new(
        application: Arc<Application>,
        threads: Threads,
        triggers: JoinHandle<Stop>,
        stopping: watch::Sender<bool>,
        drain: Duration,
    ) -> Self {
        Self {
            application,
            threads,
            triggers,
            stopping,
            drain,
            stopped: None,
        }
    }

    /// Where it listens for HTTP.
    pub fn address(&self) -> SocketAddr {
        self.application.address
    }

    /// The routes and the component behind each.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.application.router.list()
    }

    /// What each component did so far.
    pub fn counters(&self) -> BTreeMap<String, Counters> {
        let slots = self.application.slots.iter();
        slots
            .map(|(component, slot)| (component.clone(), slot.grants.counting.read()))
            .collect()
    }

    /// Waits until the application ends by itself. Its port is free afterwards, and nothing of it runs any more.
    ///
    /// May be waited for again, and given up and taken up again.
    pub async fn stopped(&mut self) -> Stop {
        if let Some(stop) = &self.stopped {
            return stop.clone();
        }
        let stop = (&mut self.triggers).await.unwrap_or_else(|error| Stop::Failed {
            reason: error.to_string(),
        });
        self.threads.end();
        self.stopped.insert(stop).clone()
    }

    /// Ends the application: it takes no more events, and those at hand have [`Options::drain`](crate::Options::drain)
    /// to finish.
    pub async fn shutdown(mut self) {
        self.stopping.send_replace(true);
        let drain = self.drain;
        if tokio::time::timeout(drain, self.stopped()).await.is_err() {
            tracing::warn!("some events were still at work after {drain:?} and were cut short");
            self.triggers.abort();
            // So that the port is free when this returns.
            let _ = (&mut self.triggers).await;
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Running")
            .field("address", &self.address())
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

/// The threads of one application.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    /// As many as there are processors.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("spinlet")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Starts a task on them; none once they have ended.
    pub(crate) fn spawn<F>(&self, task: F) -> Option<JoinHandle<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.as_ref().map(|runtime| runtime.spawn(task))
    }

    /// Ends them, and every task with them at the next point where it waits or gives others their turn.
    fn end(&mut self) {
        if let Some(runtime) = self.0.take() {
            // The plain drop would block, which is not allowed where this may be called.
            runtime.shutdown_background();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}

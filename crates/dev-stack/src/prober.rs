//! Probes the application's readiness, as every platform does.
//!
//! A probe is more than a question: it rings queues in which something is due, which repairs an alarm that went off while the
//! application was down. A platform probes every few seconds; so does this.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// A probe has no answer after so long: the platform would count it as a failure.
const PATIENCE: Duration = Duration::from_secs(5);

/// Probes until it is dropped.
#[derive(Debug)]
pub(crate) struct Prober {
    task: JoinHandle<()>,
}

impl Prober {
    /// Probes the application at this origin, this often.
    pub(crate) fn start(origin: impl std::fmt::Display, pause: Duration) -> Self {
        let url = format!("{}/readyz", origin.to_string().trim_end_matches('/'));
        let task = tokio::spawn(async move {
            let http = reqwest::Client::new();
            let mut pauses = interval(pause);
            pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                pauses.tick().await;
                // Whether the application is well is for whoever watches it; while it is down, there is nothing to ring.
                if let Err(error) = http.get(&url).timeout(PATIENCE).send().await {
                    tracing::debug!("a probe had no answer: {error}");
                }
            }
        });
        Self { task }
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.task.abort();
    }
}

//! A worker's turn at a durable queue: receive what is due, handle it, settle it.
//!
//! A component that is rung by the Redis trigger calls [`Stage::drain`] with the one thing that it does to a document.
//! The stage takes what is due, a few items at a time, keeps their leases alive while the work lasts, and tells the
//! ledger what came of each. There is no retry in it: a failed attempt is given back with the delay that the queue's
//! policy says, and some later bell, perhaps in another replica, is the retry.
//!
//! What can go wrong without harm: the process dies (the lease runs out and the item is visible again); Redis goes away
//! before the item is settled (the same); another worker took the item over (settling it changes nothing).

#![forbid(unsafe_code)]

mod log;
pub mod original;
mod outcome;

use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use ledger::{Advance, Advanced, CALLBACK_OVERDUE, Facts, Fail, Item, Limits, Next, Receive, Settled, State};
use retry_policy::RetryPolicy;
use spin_ledger::Client;
use spin_sdk::variables;

pub use log::log;
pub use outcome::{Failed, Outcome, Retry};

/// How often an item may be taken without being settled before it is taken for one that kills its workers.
const MAX_RECEIVES: u32 = 5;

/// A queue, and how a worker takes from it.
pub struct Stage {
    client: Client,
    queue: String,
    policy: RetryPolicy,
    limits: Limits,
    /// How long what was taken stays hidden from others; it is extended for as long as the work lasts.
    lease: Duration,
    options: Options,
}

/// How a worker takes from a queue.
#[derive(Debug, Clone)]
pub struct Options {
    /// The state that a document enters when it is taken, if that changes it.
    pub entering: Option<State>,
    /// How many items are handled side by side.
    pub concurrency: usize,
    /// The third party to which the worker brings documents, if it does.
    pub vendor: Option<String>,
}

impl Stage {
    /// The stage that the component's variables describe: `queue`, `policy`, `limits`, `lease_seconds`, and the ledger's.
    pub async fn open(options: Options) -> anyhow::Result<Self> {
        let queue = variable("queue").await?;
        let policy = variable("policy").await?;
        let policy = policy
            .parse()
            .with_context(|| format!("the retry policy of the queue {queue} cannot be used"))?;
        let limits = queue_limits::parse(&variable("limits").await?)
            .with_context(|| format!("the limits of the queue {queue} cannot be used"))?;
        let lease = variable("lease_seconds").await?;
        let lease = lease
            .parse()
            .ok()
            .filter(|seconds| *seconds > 0)
            .with_context(|| format!("the variable lease_seconds must be a number of seconds, not {lease:?}"))?;
        Ok(Self {
            client: Client::open().await?,
            queue,
            policy,
            limits,
            lease: Duration::from_secs(lease),
            options,
        })
    }

    /// The queue's retry policy.
    pub fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// Handles what is due until nothing is.
    ///
    /// An error means that the ledger could not be asked; whatever was taken by then is handled first.
    pub async fn drain(&self, handle: impl AsyncFn(&Item) -> Outcome) -> anyhow::Result<()> {
        let worker = worker_name();
        let mut handling = FuturesUnordered::new();
        let mut more_is_due = true;
        let mut trouble = Ok(());
        loop {
            if more_is_due && handling.len() < self.options.concurrency {
                match self.receive(self.options.concurrency - handling.len(), &worker).await {
                    Ok(received) => {
                        more_is_due = received.due > 0 && !received.items.is_empty();
                        handling.extend(received.items.into_iter().map(|item| self.attempt(item, &handle)));
                    }
                    Err(error) => {
                        more_is_due = false;
                        trouble = Err(error);
                    }
                }
                continue;
            }
            if handling.next().await.is_none() {
                return trouble;
            }
        }
    }

    /// Notes something that was found out about a document in the course of an attempt, so that the next one need not find it out
    /// again. An error: somebody else has moved the document on, so that the attempt is of no use.
    pub async fn note(&self, item: &Item, state: State, event: &'static str, facts: Facts) -> Result<(), Outcome> {
        let advance = Advance {
            from: vec![state],
            to: state,
            event,
            by: None,
            detail: None,
            enqueue: None,
            failure: None,
            facts_patch: Some(facts),
        };
        match self
            .client
            .run(self.client.ledger().advance(&item.document, &advance))
            .await
        {
            Ok(Advanced::Already(_) | Advanced::Unknown) => {
                Err(Outcome::transient("moved-on", "The document was moved on meanwhile."))
            }
            // What could not be noted is found out again, if there is a next time.
            Ok(Advanced::Moved) | Err(_) => Ok(()),
        }
    }

    async fn receive(&self, room: usize, worker: &str) -> anyhow::Result<ledger::Received> {
        let receive = Receive {
            max: u32::try_from(room).unwrap_or(u32::MAX),
            lease: self.lease,
            max_receives: MAX_RECEIVES,
            entering: self.options.entering,
            worker: worker.to_owned(),
            vendor: self.options.vendor.clone(),
            limits: self.limits,
        };
        let call = self.client.ledger().receive(&self.queue, &receive);
        self.client
            .run(call)
            .await
            .with_context(|| format!("the queue {} cannot be read", self.queue))
    }

    async fn attempt(&self, item: Item, handle: &impl AsyncFn(&Item) -> Outcome) {
        let outcome = match self.spent_while_waiting(&item) {
            Some(outcome) => outcome,
            None => match self.with_lease(&item, handle(&item)).await {
                Some(outcome) => outcome,
                None => return log("lease-lost", &self.queue, &item, None),
            },
        };
        self.settle(&item, outcome).await;
    }

    /// A third party that took the document and stayed silent until the policy was spent.
    fn spent_while_waiting(&self, item: &Item) -> Option<Outcome> {
        let spent = item.callback_overdue && self.policy.delay(item.failures, 0.0).is_none();
        spent.then(|| {
            Outcome::permanent(
                CALLBACK_OVERDUE,
                "The review service took the document, but did not report back in time.",
            )
        })
    }

    /// Runs the work, extending the lease each time that half of it has passed. `None`: somebody else has the item now.
    async fn with_lease(&self, item: &Item, work: impl Future<Output = Outcome>) -> Option<Outcome> {
        let mut work = pin!(work);
        loop {
            let pause = pin!(spin_sdk::time::sleep(self.lease / 2));
            match select(work.as_mut(), pause).await {
                Either::Left((outcome, _)) => return Some(outcome),
                Either::Right(_) => {
                    let call = self
                        .client
                        .ledger()
                        .extend(&self.queue, &item.document, item.receipt, self.lease);
                    // Without an answer nobody knows: go on, the ledger refuses to settle what was lost.
                    if let Ok(Settled::Stale { .. } | Settled::Gone { .. }) = self.client.run(call).await {
                        return None;
                    }
                }
            }
        }
    }

    async fn settle(&self, item: &Item, outcome: Outcome) {
        let ledger = self.client.ledger();
        let (queue, document, receipt) = (self.queue.as_str(), item.document.as_str(), item.receipt);
        let (event, failure, call) = match outcome {
            Outcome::Complete(complete) => ("completed", None, ledger.complete(queue, document, receipt, &complete)),
            Outcome::Wait(wait) => ("waiting", None, ledger.wait(queue, document, receipt, &wait)),
            Outcome::Failed(failed) => {
                let fail = Fail {
                    next: self.next(item, failed.retry),
                    failure: failed.failure,
                    dependency: failed.dependency,
                };
                let call = ledger.fail(queue, document, receipt, &fail);
                ("attempt-failed", Some(fail.failure), call)
            }
        };
        match self.client.run(call).await {
            Ok(Settled::Done) => log(event, queue, item, failure.as_ref().map(ToString::to_string).as_deref()),
            Ok(Settled::Stale { .. } | Settled::Gone { .. }) => log("settled-by-another", queue, item, None),
            Err(error) => log("left-to-its-lease", queue, item, Some(&error.to_string())),
        }
    }

    fn next(&self, item: &Item, retry: Retry) -> Next {
        let asked = match retry {
            Retry::Never => return Next::DeadLetter,
            Retry::ByPolicy => None,
            Retry::After(asked) => Some(asked),
        };
        self.policy
            .delay_after(item.failures + 1, random(), asked)
            .map_or(Next::DeadLetter, Next::RetryIn)
    }
}

async fn variable(name: &'static str) -> anyhow::Result<String> {
    variables::get(name)
        .await
        .with_context(|| format!("the variable {name} is not set"))
}

/// From 0 (included) to 1 (excluded).
fn random() -> f64 {
    // 53 bits fit a float exactly. Without a random number all wait the full delay, which is always allowed.
    getrandom::u64().map_or(1.0 - f64::EPSILON, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)
}

/// A name for this instance in the history: unlike those of its kin.
fn worker_name() -> String {
    getrandom::u32().map_or_else(|_| "worker".to_owned(), |bits| format!("worker-{bits:08x}"))
}

//! The ledger in a real Redis, doing what the model does and compared with it after every operation.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt, future::join_all};
use ledger::{
    Advance, Call, CallbackReceipt, Complete, Failure, Ledger, Next, Receive, Settled, Timestamp, Wait,
    runner::{Error, Runner},
};
use proptest_state_machine::StateMachineTest;
use redis::aio::{MultiplexedConnection, PubSub};
use tokio::runtime::Runtime;

use crate::{
    model::Model,
    operation::{Enqueue, Operation, Reply, SUBMISSIONS, delay, duration},
    support::{QUEUES, RedisServer, submission},
};

/// The Redis of all cases; each has a ledger of its own in it.
static SERVER: Mutex<Option<RedisServer>> = Mutex::new(None);

/// Keeps the Redis of all cases running.
pub struct Server;

impl Server {
    pub fn start() -> Self {
        *SERVER.lock().unwrap() = Some(RedisServer::start());
        Self
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        SERVER.lock().unwrap().take();
    }
}

pub struct System {
    runtime: Runtime,
    pub runner: Runner,
    pub redis: MultiplexedConnection,
    bells: Mutex<PubSub>,
    pub ledger: Ledger,
    /// Minute 0 by Redis's clock.
    epoch: Timestamp,
    pub begun: Instant,
}

impl StateMachineTest for System {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        static CASES: AtomicU64 = AtomicU64::new(0);
        let ledger = Ledger::new(&format!("case-{}", CASES.fetch_add(1, Ordering::Relaxed)));
        let address = SERVER.lock().unwrap().as_ref().expect("a running server").address();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (runner, redis, bells, time) = runtime.block_on(async {
            let client = redis::Client::open(address.as_str()).unwrap();
            let mut redis = client.get_multiplexed_async_connection().await.unwrap();
            let mut bells = client.get_async_pubsub().await.unwrap();
            bells.subscribe("fence").await.unwrap();
            for queue in QUEUES {
                bells.subscribe(ledger.bell_channel(queue)).await.unwrap();
            }
            let time: (u64, u64) = redis::cmd("TIME").query_async(&mut redis).await.unwrap();
            (Runner::connect(&address).await.unwrap(), redis, bells, time)
        });
        let epoch = Timestamp::from_milliseconds(time.0 * 1000 + time.1 / 1000);
        Self {
            runtime,
            runner,
            redis,
            bells: Mutex::new(bells),
            ledger,
            epoch,
            begun: Instant::now(),
        }
    }

    fn apply(mut system: Self, model: &Model, operation: Operation) -> Self {
        system.ledger = system.ledger.with_clock_offset(Duration::from_secs(60 * model.now()));
        let reply = system.runtime.block_on(system.perform(model, &operation));
        let reply = match reply {
            Ok(reply) => reply,
            Err(Error::Redis(error))
                if error.to_string().contains("a document") || error.to_string().contains("a stage") =>
            {
                Reply::Refused
            }
            Err(error) => panic!("{operation:?}: {error}"),
        };
        assert_eq!(Some(&reply), model.reply.as_ref(), "{operation:?}");
        system
    }

    fn check_invariants(system: &Self, model: &Model) {
        system.runtime.block_on(async {
            let bells = system.heard().await;
            assert_eq!(
                bells,
                model
                    .bells
                    .iter()
                    .map(|queue| system.ledger.bell_channel(queue))
                    .collect(),
                "bells"
            );
            join_all(
                model
                    .documents
                    .iter()
                    .map(|(id, document)| system.check_document(id, document)),
            )
            .await;
            join_all(QUEUES.iter().map(|queue| system.check_queue(queue, model))).await;
        });
    }

    fn teardown(system: Self, model: Model) {
        system.runtime.block_on(async {
            for id in model.documents.keys() {
                system.check_history(id).await;
            }
            system.check_keys().await;
        });
    }
}

impl System {
    async fn perform(&self, model: &Model, operation: &Operation) -> Result<Reply, Error> {
        let (ledger, tick) = (&self.ledger, model.tick);
        Ok(match operation.clone() {
            Operation::Create { submission: index } => {
                let (id, documents) = SUBMISSIONS[index];
                Reply::Created(
                    self.runner
                        .run(ledger.create_submission(&submission(id, "teacher-1", documents)))
                        .await?,
                )
            }
            Operation::Advance {
                document,
                from,
                to,
                enqueue,
                fails,
            } => {
                let enqueue = enqueue.map(|enqueue| entry(enqueue, tick));
                let failure = fails.then(|| Failure::new("withdrawn", "It was withdrawn."));
                let advance = Advance {
                    from,
                    to,
                    event: "advanced",
                    detail: None,
                    enqueue,
                    failure,
                    facts_patch: None,
                };
                Reply::Advanced(self.runner.run(ledger.advance(document, &advance)).await?)
            }
            Operation::Receive {
                queue,
                max,
                lease,
                max_receives,
                entering,
            } => {
                let lease = duration(lease, tick);
                let receive = Receive {
                    max,
                    lease,
                    max_receives,
                    entering,
                    worker: "worker-1".into(),
                };
                let received = self.runner.run(ledger.receive(queue, &receive)).await?;
                let items = received.items.into_iter();
                let items = items.map(|item| (item.document, item.receipt, item.failures, item.callback_overdue));
                Reply::Received(items.collect(), received.due, received.next_due_in.map(nearest_minute))
            }
            Operation::Complete { .. } | Operation::Wait { .. } | Operation::Fail { .. } | Operation::Extend { .. } => {
                Reply::Settled(self.runner.run(self.settlement(model, operation)).await?)
            }
            Operation::Callback {
                document,
                webhook,
                review,
                from,
                details,
            } => {
                let callback = CallbackReceipt {
                    vendor: "review".into(),
                    webhook_id: webhook.into(),
                    review: review.into(),
                    tolerance: of_minutes(details.tolerance()),
                    awaiting: details.awaiting.into(),
                    from,
                    to: details.to,
                    enqueue: entry(details.enqueue, tick),
                };
                Reply::Recorded(self.runner.run(ledger.record_callback(document, &callback)).await?)
            }
            Operation::Redrive { queue, document, to } => Reply::Handled(
                self.runner
                    .run(ledger.redrive(queue, document, "operator-1", to))
                    .await?,
            ),
            Operation::Discard { queue, document } => Reply::Handled(
                self.runner
                    .run(ledger.discard(queue, document, "operator-1", "no use"))
                    .await?,
            ),
            Operation::Ring { queue } => {
                let rung = self.runner.run(ledger.ring(queue)).await?;
                Reply::Rung(rung.due, rung.next_due_in.map(nearest_minute))
            }
        })
    }

    /// What a worker says about an item.
    fn settlement(&self, model: &Model, operation: &Operation) -> Call<Settled> {
        let (ledger, tick) = (&self.ledger, model.tick);
        match *operation {
            Operation::Complete { held, to, handoff } => {
                let handoff = handoff.map(|handoff| entry(handoff, tick));
                let complete = Complete {
                    to,
                    event: "done",
                    detail: None,
                    handoff,
                    facts_patch: None,
                };
                ledger.complete(held.queue, held.document, model.receipt(held), &complete)
            }
            Operation::Wait {
                held,
                deadline,
                to,
                review,
            } => {
                let wait = Wait {
                    deadline: duration(deadline, tick),
                    to,
                    review: review.into(),
                    facts_patch: None,
                };
                ledger.wait(held.queue, held.document, model.receipt(held), &wait)
            }
            Operation::Fail { held, retry_in } => {
                let refused = Failure::new("refused", "It was refused.");
                let next = retry_in.map_or(Next::DeadLetter, |hours| Next::RetryIn(of_minutes(delay(hours, tick))));
                ledger.fail(held.queue, held.document, model.receipt(held), &refused, next)
            }
            Operation::Extend { held, lease } => {
                ledger.extend(held.queue, held.document, model.receipt(held), duration(lease, tick))
            }
            _ => unreachable!("it settles nothing"),
        }
    }

    /// The bells that rang since the last time: all of them, because Redis delivers in order.
    #[expect(clippy::await_holding_lock, reason = "there is one task")]
    async fn heard(&self) -> BTreeSet<String> {
        let _: u64 = redis::cmd("PUBLISH")
            .arg(&["fence", "."])
            .query_async(&mut self.redis.clone())
            .await
            .unwrap();
        let mut bells = self.bells.lock().unwrap();
        let mut heard = BTreeSet::new();
        loop {
            let channel = bells
                .on_message()
                .next()
                .await
                .expect("a message")
                .get_channel_name()
                .to_owned();
            if channel == "fence" {
                return heard;
            }
            assert!(heard.insert(channel), "one operation rings a bell once");
        }
    }

    /// The model's time of a time of Redis.
    pub fn minute(&self, at: Timestamp) -> u64 {
        at.since(self.epoch).as_secs() / 60
    }
}

fn entry(Enqueue { queue, delay: hours }: Enqueue, tick: u64) -> ledger::Enqueue {
    ledger::Enqueue {
        delay: of_minutes(delay(hours, tick)),
        ..ledger::Enqueue::now(queue, "{}")
    }
}

fn of_minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Between two readings of the clock some milliseconds pass.
fn nearest_minute(duration: Duration) -> u64 {
    (duration.as_secs() + 30) / 60
}

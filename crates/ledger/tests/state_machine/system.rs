//! The ledger in a real Redis, doing what the model does and compared with it after every operation.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt, future::join_all};
use ledger::{
    Advance, Call, CallbackReceipt, Complete, DeadLetterFilter, Fail, Failure, Ledger, LostDocument, LostSubmission,
    NewSubmission, Next, Receive, Redrive, Replace, Route, Settled, State, Timestamp, Wait,
    runner::{Error, Runner},
};
use proptest_state_machine::StateMachineTest;
use redis::aio::{MultiplexedConnection, PubSub};
use tokio::runtime::Runtime;

use crate::{
    model::Model,
    operation::{Elsewhere, Enqueue, Operation, Received, Reply, SUBMISSIONS, Taken, delay, duration, kind},
    support::{QUEUES, RedisServer, submission},
};

/// The Redis of all cases; each has a ledger of its own in it.
static SERVER: Mutex<Option<RedisServer>> = Mutex::new(None);

/// Keeps the Redis of all cases running.
pub struct Server;

impl Server {
    pub fn start() -> Self {
        *SERVER.lock().unwrap() = Some(RedisServer::start_durable());
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
    /// The rounds with which restored documents began: the model counts from there.
    rounds: Mutex<BTreeMap<String, u32>>,
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
            let (runner, mut redis, bells) = connect(&address, &ledger).await;
            let time: (u64, u64) = redis::cmd("TIME").query_async(&mut redis).await.unwrap();
            (runner, redis, bells, time)
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
            rounds: Mutex::default(),
        }
    }

    fn apply(mut system: Self, model: &Model, operation: Operation) -> Self {
        system.ledger = system.ledger.with_clock_offset(Duration::from_secs(60 * model.now()));
        if matches!(operation, Operation::Restart) {
            system.restart();
            return system;
        }
        let reply = system.runtime.block_on(system.perform(model, &operation));
        let reply = match reply {
            Ok(reply) => reply,
            Err(Error::Redis(error))
                if ["a document", "a stage", "this document"]
                    .iter()
                    .any(|whose| error.to_string().contains(whose)) =>
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
            join_all(
                model
                    .submissions
                    .iter()
                    .map(|(index, submission)| system.check_submission(SUBMISSIONS[*index].0, submission)),
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

async fn connect(address: &str, ledger: &Ledger) -> (Runner, MultiplexedConnection, PubSub) {
    let client = redis::Client::open(address).unwrap();
    let redis = client.get_multiplexed_async_connection().await.unwrap();
    let mut bells = client.get_async_pubsub().await.unwrap();
    bells.subscribe("fence").await.unwrap();
    for queue in QUEUES {
        bells.subscribe(ledger.bell_channel(queue)).await.unwrap();
    }
    (Runner::connect(address).await.unwrap(), redis, bells)
}

impl System {
    /// Kills Redis, and starts it again from its append-only file. Its cache of scripts is empty then.
    fn restart(&mut self) {
        let mut server = SERVER.lock().unwrap();
        let server = server.as_mut().expect("a running server");
        server.restart();
        let (runner, redis, bells) = self.runtime.block_on(connect(&server.address(), &self.ledger));
        self.runner = runner;
        self.redis = redis;
        *self.bells.lock().unwrap() = bells;
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each operation")]
    async fn perform(&self, model: &Model, operation: &Operation) -> Result<Reply, Error> {
        let (ledger, tick) = (&self.ledger, model.tick);
        Ok(match operation.clone() {
            Operation::Create { submission: index } => {
                let (id, documents) = SUBMISSIONS[index];
                Reply::Created(
                    self.runner
                        .run(ledger.create_submission(&announced(id, documents)))
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
                    by: None,
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
                limits,
            } => {
                let receive = Receive {
                    max,
                    lease: duration(lease, tick),
                    max_receives,
                    entering,
                    worker: "worker-1".into(),
                    vendor: None,
                    limits,
                };
                let received = self.runner.run(ledger.receive(queue, &receive)).await?;
                let taken = |item: ledger::Item| Taken {
                    round: item.round - self.first_round(&item.document),
                    document: item.document,
                    receipt: item.receipt,
                    failures: item.failures,
                    callback_overdue: item.callback_overdue,
                };
                Reply::Received(Received {
                    items: received.items.into_iter().map(taken).collect(),
                    due: received.due,
                    next_due_in: received.next_due_in.map(nearest_minute),
                    held_back: received.held_back,
                })
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
            Operation::Redrive { queue, document, from } => Reply::Handled(
                self.runner
                    .run(ledger.redrive(queue, document, "operator-1", &redrive(from)))
                    .await?,
            ),
            Operation::RedriveMatching { queue, reason, from } => {
                let filter = DeadLetterFilter {
                    queue: queue.map(Into::into),
                    reason: reason.map(Into::into),
                    ..DeadLetterFilter::default()
                };
                let redriven = ledger.redrive_matching(&filter, None, 10, "operator-1", &redrive(from));
                Reply::Redriven(self.runner.run(redriven).await?.redriven)
            }
            Operation::Pause { queue } => Reply::Changed(
                self.runner
                    .run(ledger.pause(queue, "operator-1", "lunch"))
                    .await?
                    .changed,
            ),
            Operation::Resume { queue } => Reply::Changed(self.runner.run(ledger.resume(queue)).await?.changed),
            Operation::Restore {
                submission,
                destinations,
            } => {
                let lost = lost(submission, &destinations, tick);
                let restored = self.runner.run(ledger.restore(&lost, "operator-1")).await?.restored;
                for id in &restored {
                    let key = ledger.alarm_key("").replace("alarm:", "document:") + id;
                    let mut round = redis::cmd("HGET");
                    round.arg(key).arg("round");
                    let round: Option<u32> = round.query_async(&mut self.redis.clone()).await.unwrap();
                    self.rounds
                        .lock()
                        .unwrap()
                        .insert(id.clone(), round.unwrap_or_default());
                }
                Reply::Restored(restored)
            }
            Operation::Rename {
                submission,
                title,
                unless,
            } => {
                let facts = ledger::Facts::from_iter([("title".to_owned(), title.into())]);
                let rename = ledger.rename(SUBMISSIONS[submission].0, title, &facts, &unless);
                Reply::Revised(self.runner.run(rename).await?)
            }
            Operation::Withdraw { submission, from } => {
                let failure = Failure::new("withdrawn", "It was withdrawn.");
                let withdraw = ledger.withdraw(SUBMISSIONS[submission].0, &from, &failure);
                Reply::Revised(self.runner.run(withdraw).await?)
            }
            Operation::Replace {
                submission: index,
                document,
                new,
            } => {
                let mut made = announced(SUBMISSIONS[index].0, &[new]);
                let replace = Replace {
                    owner: made.owner,
                    submission: made.id,
                    document: document.into(),
                    new: made.documents.remove(0),
                    idempotency: None,
                };
                Reply::Replaced(self.runner.run(ledger.replace_document(&replace)).await?)
            }
            Operation::Restart => unreachable!("it is no operation of the ledger's"),
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

    fn first_round(&self, document: &str) -> u32 {
        self.rounds.lock().unwrap().get(document).copied().unwrap_or_default()
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
            Operation::Fail {
                held,
                retry_in,
                dependency,
            } => {
                let fail = Fail {
                    failure: Failure::new("refused", "It was refused."),
                    next: retry_in.map_or(Next::DeadLetter, |hours| Next::RetryIn(of_minutes(delay(hours, tick)))),
                    dependency,
                };
                ledger.fail(held.queue, held.document, model.receipt(held), &fail)
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

fn facts(document: &str) -> ledger::Facts {
    ledger::Facts::from_iter([("kind".to_owned(), kind(document).into())])
}

/// A submission as its teacher announces it.
fn announced(id: &str, documents: &[&str]) -> NewSubmission {
    let mut announced = submission(id, "teacher-1", documents);
    for document in &mut announced.documents {
        document.facts = facts(&document.id);
    }
    announced
}

fn redrive(from: Option<Elsewhere>) -> Redrive {
    let Some(Elsewhere { state, plans, videos }) = from else {
        return Redrive::Again;
    };
    let queues = [("lesson-plan", plans), ("classroom-video", videos)];
    let queues = queues
        .into_iter()
        .filter_map(|(kind, queue)| Some((kind.to_owned(), queue?.to_owned())));
    Redrive::From {
        state,
        route: Route {
            fact: "kind".into(),
            queues: queues.collect(),
        },
        body: "{}".into(),
    }
}

/// A submission as it is found outside of Redis.
fn lost(index: usize, destinations: &[(State, Option<Enqueue>)], tick: u64) -> LostSubmission {
    let (id, documents) = SUBMISSIONS[index];
    let document = |(id, (state, enqueue)): (&&str, &(State, Option<Enqueue>))| LostDocument {
        id: (*id).into(),
        facts: facts(id),
        state: *state,
        enqueue: enqueue.map(|enqueue| entry(enqueue, tick)),
        failure: (*state == State::Failed).then(|| Failure::new("withdrawn", "It was withdrawn.")),
    };
    LostSubmission {
        id: id.into(),
        owner: "teacher-1".into(),
        title: format!("Portfolio {id}"),
        name_of_owner: Some("Ada Lovelace".into()),
        evaluators: "all".into(),
        assigned_at: Timestamp::from_milliseconds(1_764_000_000_000),
        created_at: Timestamp::from_milliseconds(1_764_000_000_000),
        withdrawn_at: None,
        keep_for: None,
        documents: documents.iter().zip(destinations).map(document).collect(),
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

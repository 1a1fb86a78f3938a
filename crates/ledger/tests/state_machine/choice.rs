//! What is tried next, and how likely each operation is.

use std::time::Duration;

use ledger::{CircuitBreaker, Dependency, Limits, RateLimit, State};
use proptest::{prelude::*, sample::select, strategy::Union};

use crate::model::Model;
use crate::operation::{Callback, Elsewhere, Enqueue, Held, Operation, SUBMISSIONS};
use crate::support::QUEUES;

const DOCUMENTS: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Those that take the place of others.
const NEW_DOCUMENTS: [&str; 2] = ["d", "e"];
const TITLES: [&str; 2] = ["Portfolio s-1", "Photosynthesis"];
const WEBHOOKS: [&str; 6] = ["w-1", "w-2", "w-3", "w-4", "w-5", "w-6"];
const REVIEWS: [&str; 3] = ["r-1", "r-2", "r-3"];
const ON_THE_WAY: [State; 5] = [
    State::Uploaded,
    State::Transferring,
    State::InReview,
    State::Verifying,
    State::Normalizing,
];

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What a deployment may ask for. Half a token comes with each operation.
fn limits() -> impl Strategy<Value = Limits> {
    let breaker = CircuitBreaker {
        threshold: 2,
        probe_interval: HOUR * 2,
        max_probe_interval: HOUR * 3,
        max_open: HOUR * 6,
    };
    let rate = RateLimit {
        per_second: 1.0 / 7200.0,
        burst: 2,
    };
    let unlimited = Limits::default();
    prop_oneof![
        4 => Just(unlimited),
        1 => Just(Limits { max_in_flight: Some(1), ..unlimited }),
        1 => Just(Limits { max_waiting: Some(1), ..unlimited }),
        1 => Just(Limits { rate: Some(rate), ..unlimited }),
        4 => Just(Limits { breaker: Some(breaker), ..unlimited }),
        1 => Just(Limits { max_in_flight: Some(2), max_waiting: Some(2), rate: Some(rate), breaker: Some(breaker) }),
    ]
}

fn dependency() -> impl Strategy<Value = Dependency> {
    prop_oneof![1 => Just(Dependency::Up), 4 => Just(Dependency::Down), 1 => Just(Dependency::Unknown)]
}

fn queue() -> impl Strategy<Value = &'static str> + Clone {
    select(&QUEUES[..])
}

fn document() -> impl Strategy<Value = &'static str> + Clone {
    select(&DOCUMENTS[..])
}

fn on_the_way() -> impl Strategy<Value = State> + Clone {
    select(&ON_THE_WAY[..])
}

fn states() -> impl Strategy<Value = Vec<State>> {
    proptest::sample::subsequence(&State::ALL[..], 1..=State::ALL.len())
}

fn enqueue() -> impl Strategy<Value = Enqueue> + Clone {
    (queue(), prop_oneof![3 => Just(0), 1 => 1..4_u64]).prop_map(|(queue, delay)| Enqueue { queue, delay })
}

/// Where a document goes next: mostly what makes sense, sometimes what must be refused.
fn destination() -> impl Strategy<Value = (State, Option<Enqueue>)> + Clone {
    prop_oneof![
        6 => (on_the_way(), enqueue().prop_map(Some)),
        2 => Just((State::Ready, None)),
        1 => Just((State::Failed, None)),
        1 => (select(&State::ALL[..]), proptest::option::of(enqueue())),
    ]
}

/// Mostly a queue in which something is.
fn used_queue(model: &Model) -> impl Strategy<Value = &'static str> + use<> {
    let used: Vec<_> = QUEUES
        .into_iter()
        .filter(|queue| !model.entries(queue).is_empty())
        .collect();
    let some = if used.is_empty() {
        queue().boxed()
    } else {
        select(used).boxed()
    };
    prop_oneof![4 => some, 1 => queue()]
}

/// Mostly something that a worker does hold.
fn held(model: &Model) -> impl Strategy<Value = Held> + Clone + use<> {
    let any = (queue(), document()).boxed();
    let leased = model.leased();
    let some = if leased.is_empty() {
        any.clone()
    } else {
        select(leased).boxed()
    };
    let age = prop_oneof![5 => Just(0), 1 => 1..3_u64];
    (prop_oneof![5 => some, 1 => any], age).prop_map(|((queue, document), age)| Held { queue, document, age })
}

fn dead(model: &Model) -> BoxedStrategy<(&'static str, &'static str)> {
    let dead = model.dead();
    if dead.is_empty() {
        (queue(), document()).boxed()
    } else {
        select(dead).boxed()
    }
}

/// Mostly for a document in the queue in which it is, or among whose dead letters it is.
fn callback(model: &Model) -> impl Strategy<Value = Operation> + use<> {
    let any = (queue(), document()).boxed();
    let awaited = model.awaited();
    let some = if awaited.is_empty() {
        any.clone()
    } else {
        select(awaited).boxed()
    };
    let target = prop_oneof![5 => some, 1 => any];
    let states = prop_oneof![1 => states(), 1 => Just(State::ALL.to_vec())];
    let ids = (select(&WEBHOOKS[..]), select(&REVIEWS[..]));
    (target, ids, states, on_the_way(), enqueue(), 1..4_u64).prop_map(
        |((awaiting, document), (webhook, review), from, to, enqueue, tolerance_hours)| {
            let details = Callback {
                awaiting,
                to,
                enqueue,
                tolerance_hours,
            };
            Operation::Callback {
                document,
                webhook,
                review,
                from,
                details,
            }
        },
    )
}

/// Mostly where there is a way for every document.
fn from() -> impl Strategy<Value = Option<Elsewhere>> {
    let state = prop_oneof![6 => on_the_way(), 1 => select(&State::ALL[..])];
    let queue = proptest::option::weighted(0.8, queue());
    let from = (state, queue.clone(), queue).prop_map(|(state, plans, videos)| Elsewhere { state, plans, videos });
    proptest::option::of(from)
}

/// What a teacher changes afterwards.
fn revision(model: &Model) -> BoxedStrategy<Operation> {
    let submission = 0..SUBMISSIONS.len();
    let rename = (submission.clone(), select(&TITLES[..]), states()).prop_map(|(submission, title, unless)| {
        // Half of all states are too many.
        let unless = unless.into_iter().take(2).collect();
        Operation::Rename {
            submission,
            title,
            unless,
        }
    });
    let withdraw =
        (submission.clone(), states()).prop_map(|(submission, from)| Operation::Withdraw { submission, from });
    let any = (submission, document()).boxed();
    let failed = model.failed();
    let some = if failed.is_empty() {
        any.clone()
    } else {
        select(failed).boxed()
    };
    let replace =
        (prop_oneof![5 => some, 1 => any], select(&NEW_DOCUMENTS[..])).prop_map(|((submission, document), new)| {
            Operation::Replace {
                submission,
                document,
                new,
            }
        });
    prop_oneof![2 => rename, 1 => withdraw, 3 => replace].boxed()
}

/// What may be done next.
pub fn operations(model: &Model) -> BoxedStrategy<Operation> {
    let held = held(model);
    let creation = (0..SUBMISSIONS.len()).prop_map(|submission| Operation::Create { submission });
    let mut choices: Vec<(u32, BoxedStrategy<Operation>)> = vec![
        (if model.is_complete() { 1 } else { 6 }, creation.boxed()),
        (
            3,
            (document(), states(), destination(), proptest::bool::weighted(0.1))
                .prop_map(advance)
                .boxed(),
        ),
        (
            6,
            (
                used_queue(model),
                1..4_u32,
                0..4_u64,
                1..4_u32,
                proptest::option::of(on_the_way()),
                limits(),
            )
                .prop_map(receive)
                .boxed(),
        ),
        (1, queue().prop_map(|queue| Operation::Ring { queue }).boxed()),
    ];
    let reason = select(vec!["refused", "withdrawn", ledger::WORKER_CRASHED]);
    choices.extend([
        (
            2,
            (dead(model), from())
                .prop_map(|((queue, document), from)| Operation::Redrive { queue, document, from })
                .boxed(),
        ),
        (
            1,
            (proptest::option::of(queue()), proptest::option::of(reason), from())
                .prop_map(|(queue, reason, from)| Operation::RedriveMatching { queue, reason, from })
                .boxed(),
        ),
        (1, queue().prop_map(|queue| Operation::Pause { queue }).boxed()),
        (3, queue().prop_map(|queue| Operation::Resume { queue }).boxed()),
        (1, restoration().boxed()),
        (2, revision(model)),
        (1, Just(Operation::Restart).boxed()),
        (
            1,
            dead(model)
                .prop_map(|(queue, document)| Operation::Discard { queue, document })
                .boxed(),
        ),
        (3, (held.clone(), destination()).prop_map(complete).boxed()),
        (
            3,
            (held.clone(), 0..4_u64, on_the_way(), select(&REVIEWS[..]))
                .prop_map(wait)
                .boxed(),
        ),
        (
            3,
            (held.clone(), proptest::option::weighted(0.7, 0..4_u64), dependency())
                .prop_map(fail)
                .boxed(),
        ),
        (
            1,
            (held, 0..4_u64)
                .prop_map(|(held, lease)| Operation::Extend { held, lease })
                .boxed(),
        ),
        (4, callback(model).boxed()),
    ]);
    Union::new_weighted(choices).boxed()
}

type Destination = (State, Option<Enqueue>);

fn advance((document, from, (to, enqueue), odd): (&'static str, Vec<State>, Destination, bool)) -> Operation {
    // A failure where none belongs, or none where one does, must be refused: sometimes.
    let fails = (to == State::Failed) != (odd && enqueue.is_none());
    Operation::Advance {
        document,
        from,
        to,
        enqueue,
        fails,
    }
}

type Receiving = (&'static str, u32, u64, u32, Option<State>, Limits);

fn receive((queue, max, lease, max_receives, entering, limits): Receiving) -> Operation {
    Operation::Receive {
        queue,
        max,
        lease,
        max_receives,
        entering,
        limits,
    }
}

fn restoration() -> impl Strategy<Value = Operation> {
    (0..SUBMISSIONS.len())
        .prop_flat_map(|submission| {
            let documents = SUBMISSIONS[submission].1.len();
            (Just(submission), proptest::collection::vec(destination(), documents))
        })
        .prop_map(|(submission, destinations)| Operation::Restore {
            submission,
            destinations,
        })
}

fn complete((held, (to, handoff)): (Held, Destination)) -> Operation {
    Operation::Complete { held, to, handoff }
}

fn wait((held, deadline, to, review): (Held, u64, State, &'static str)) -> Operation {
    Operation::Wait {
        held,
        deadline,
        to,
        review,
    }
}

fn fail((held, retry_in, dependency): (Held, Option<u64>, Dependency)) -> Operation {
    Operation::Fail {
        held,
        retry_in,
        dependency,
    }
}

//! The ledger as one would write it without Redis: a map of documents, changed by plain code.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Advanced, Dependency, HeldBack, Limits, Phase, State};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use crate::choice::operations;
use crate::document::{Document, Entry};
use crate::flow::{Flow, Others};
use crate::operation::{Enqueue, Operation, Received, Reply, SUBMISSIONS, Taken, delay, minutes};

/// A ledger, and what its last operation answered. Times are in minutes.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// How many operations there were.
    pub tick: u64,
    pub documents: BTreeMap<&'static str, Document>,
    pub submissions: BTreeMap<usize, Submission>,
    /// What keeps workers from each queue.
    flows: BTreeMap<&'static str, Flow>,
    /// The document of each review, by the queue in which it was accepted.
    pub reviewed: BTreeMap<(&'static str, &'static str), String>,
    /// When each webhook was recorded.
    pub webhooks: BTreeMap<&'static str, u64>,
    /// What the last operation answers.
    pub reply: Option<Reply>,
    /// The queues whose bells the last operation rings.
    pub bells: BTreeSet<&'static str>,
}

/// A submission, as its teacher sees it.
#[derive(Debug, Clone)]
pub struct Submission {
    pub title: String,
    pub is_withdrawn: bool,
    /// Its documents, without those that were replaced.
    pub documents: Vec<&'static str>,
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Operation> {
        operations(model)
    }

    fn apply(mut model: Self, operation: &Operation) -> Self {
        model.tick += 1;
        model.bells.clear();
        model.reply = Some(model.answer(operation));
        model
    }
}

impl Model {
    pub fn now(&self) -> u64 {
        60 * self.tick
    }

    pub fn is_complete(&self) -> bool {
        self.submissions.len() == SUBMISSIONS.len()
    }

    /// What workers hold (or held, if the lease is over), by queue and document.
    pub fn leased(&self) -> Vec<(&'static str, &'static str)> {
        let items = self
            .documents
            .iter()
            .filter_map(|(id, document)| Some((document.item.as_ref()?, *id)));
        items
            .filter(|(item, _)| item.phase == Phase::Leased)
            .map(|(item, id)| (item.queue, id))
            .collect()
    }

    /// The dead letters, by queue and document.
    pub fn dead(&self) -> Vec<(&'static str, &'static str)> {
        self.documents
            .iter()
            .filter_map(|(id, document)| Some((document.dead.as_ref()?.queue, *id)))
            .collect()
    }

    /// What may be replaced, by submission.
    pub fn failed(&self) -> Vec<(usize, &'static str)> {
        let failed = self
            .documents
            .iter()
            .filter(|(_, document)| document.state == State::Failed);
        failed.map(|(id, document)| (document.submission, *id)).collect()
    }

    /// What a callback may be for, by queue and document.
    pub fn awaited(&self) -> Vec<(&'static str, &'static str)> {
        let documents = self.documents.iter();
        documents
            .filter_map(|(id, d)| Some((d.item.as_ref().or(d.dead.as_ref())?.queue, *id)))
            .collect()
    }

    /// What is in a queue: when each is due, in the order in which they become due.
    pub fn entries(&self, queue: &str) -> Vec<(u64, &'static str)> {
        let items = self
            .documents
            .iter()
            .filter_map(|(id, document)| Some((document.item.as_ref()?, *id)));
        let mut entries: Vec<_> = items
            .filter(|(item, _)| item.queue == queue)
            .map(|(item, id)| (item.visible_at, id))
            .collect();
        entries.sort_unstable();
        entries
    }

    /// How many items are due, and in how many minutes the next one will be.
    fn outlook(&self, queue: &str) -> (u64, Option<u64>) {
        let (due, later): (Vec<_>, Vec<_>) = self.entries(queue).into_iter().partition(|(at, _)| *at <= self.now());
        (due.len() as u64, later.first().map(|(at, _)| at - self.now()))
    }

    pub fn flow(&mut self, queue: &'static str) -> &mut Flow {
        self.flows.entry(queue).or_default()
    }

    pub fn is_paused(&self, queue: &str) -> bool {
        self.flows.get(queue).is_some_and(|flow| flow.is_paused)
    }

    pub fn hold(&self, queue: &str) -> Option<(HeldBack, u64)> {
        let hold = self.flows.get(queue)?.hold?;
        (hold.1 > self.now()).then_some(hold)
    }

    /// Rings, unless workers are kept from the queue.
    pub fn ring(&mut self, queue: &'static str) {
        let now = self.now();
        if !self.flow(queue).is_held_back(now) {
            self.bells.insert(queue);
        }
    }

    fn is_anything_due(&self, queue: &str) -> bool {
        self.outlook(queue).0 > 0
    }

    /// An item of a queue has left its worker's hands, or the third party's.
    pub fn settled(&mut self, queue: &'static str, dependency: Dependency) {
        if self.flow(queue).settled(dependency == Dependency::Up) && self.is_anything_due(queue) {
            self.ring(queue);
        }
    }

    /// Queues a document that is in the state in which it will wait.
    pub fn enqueue(&mut self, id: &str, Enqueue { queue, delay: hours }: Enqueue) {
        let now = self.now();
        let visible_at = now + delay(hours, self.tick);
        let document = self.documents.get_mut(id).expect("a document");
        document.dead = None;
        document.item = Some(Entry {
            queue,
            state: document.state,
            phase: Phase::Queued,
            visible_at,
            enqueued_at: now,
            failures: 0,
            receives: 0,
            overdue: false,
        });
        if visible_at == now {
            self.ring(queue);
        }
    }

    fn answer(&mut self, operation: &Operation) -> Reply {
        if is_nonsense(operation) {
            return Reply::Refused;
        }
        match operation.clone() {
            Operation::Create { submission } => Reply::Created(self.create(submission)),
            Operation::Advance {
                document,
                from,
                to,
                enqueue,
                fails,
            } => self
                .advance(document, &from, to, enqueue, fails)
                .map_or(Reply::Refused, Reply::Advanced),
            Operation::Receive {
                queue,
                max,
                lease,
                max_receives,
                entering,
                limits,
            } => {
                let (items, held_back) = self.receive(queue, max as usize, lease, max_receives, entering, limits);
                let (due, next_due_in) = self.outlook(queue);
                Reply::Received(Received {
                    items,
                    due,
                    next_due_in,
                    held_back,
                })
            }
            Operation::Complete { held, .. }
            | Operation::Wait { held, .. }
            | Operation::Fail { held, .. }
            | Operation::Extend { held, .. } => {
                let refusal = self.refusal(held);
                Reply::Settled(refusal.unwrap_or_else(|| self.settle(held.document, operation)))
            }
            Operation::Callback {
                document,
                webhook,
                review,
                from,
                details,
            } => Reply::Recorded(self.call_back(document, webhook, review, &from, details)),
            Operation::Redrive { queue, document, from } => self
                .redrive(queue, document, from)
                .map_or(Reply::Refused, Reply::Handled),
            Operation::RedriveMatching { queue, reason, from } => {
                Reply::Redriven(self.redrive_matching(queue, reason, from))
            }
            Operation::Pause { queue } => {
                let was_paused = std::mem::replace(&mut self.flow(queue).is_paused, true);
                Reply::Changed(!was_paused)
            }
            Operation::Resume { queue } => {
                let was_paused = std::mem::replace(&mut self.flow(queue).is_paused, false);
                if was_paused && self.is_anything_due(queue) {
                    self.ring(queue);
                }
                Reply::Changed(was_paused)
            }
            Operation::Restore {
                submission,
                destinations,
            } => Reply::Restored(self.restore(submission, &destinations)),
            Operation::Rename {
                submission,
                title,
                unless,
            } => Reply::Revised(self.rename(submission, title, &unless)),
            Operation::Withdraw { submission, from } => Reply::Revised(self.withdraw(submission, &from)),
            Operation::Replace {
                submission,
                document,
                new,
            } => self
                .replace(submission, document, new)
                .map_or(Reply::Refused, Reply::Replaced),
            Operation::Restart => Reply::Restarted,
            Operation::Discard { queue, document } => Reply::Handled(self.discard(queue, document)),
            Operation::Ring { queue } => {
                let (due, next) = self.outlook(queue);
                if due > 0 {
                    self.ring(queue);
                }
                Reply::Rung(due, next)
            }
        }
    }

    fn advance(
        &mut self,
        id: &str,
        from: &[State],
        to: State,
        enqueue: Option<Enqueue>,
        fails: bool,
    ) -> Option<Advanced> {
        let now = self.now();
        let Some(document) = self.documents.get_mut(id) else {
            return Some(Advanced::Unknown);
        };
        if !from.contains(&document.state) {
            return Some(Advanced::Already(document.state));
        }
        let has_item = enqueue.is_some() || (to.is_in_flight() && document.item.is_some());
        if to.is_in_flight() != has_item || fails != (to == State::Failed) {
            return None;
        }
        if !to.is_in_flight() {
            document.item = None;
            if to != State::Failed {
                document.dead = None;
            }
        }
        if document.state == State::Failed && enqueue.is_some() {
            document.begin_round();
        }
        document.record(now, to, "advanced");
        if fails {
            document.failure = Some("withdrawn".to_owned());
        }
        if let Some(enqueue) = enqueue {
            self.enqueue(id, enqueue);
        }
        Some(Advanced::Moved)
    }

    fn receive(
        &mut self,
        queue: &'static str,
        max: usize,
        lease: u64,
        max_receives: u32,
        entering: Option<State>,
        limits: Limits,
    ) -> (Vec<Taken>, Option<HeldBack>) {
        let now = self.now();
        let lease = minutes(lease, self.tick);
        let others = self.others(queue);
        let flow = self.flow(queue);
        flow.limits = limits;
        let allowed = flow.allowance(max, lease, &others, now);
        let mut taken = Vec::new();
        for (visible_at, id) in self.entries(queue) {
            if visible_at > now || taken.len() == allowed.room {
                break;
            }
            let document = self.documents.get_mut(id).expect("a document");
            let item = document.item.as_mut().expect("an item");
            if item.receives >= max_receives {
                document.bury(now, ledger::WORKER_CRASHED);
                continue;
            }
            if item.phase == Phase::Waiting {
                item.failures += 1;
                item.overdue = true;
                document.events.push("callback-overdue");
            }
            item.phase = Phase::Leased;
            item.visible_at = now + lease;
            item.receives += 1;
            let (failures, callback_overdue) = (item.failures, item.overdue);
            let receipt = document.receipts.entry(queue).or_default();
            *receipt += 1;
            taken.push(Taken {
                document: id.to_owned(),
                receipt: *receipt,
                failures,
                round: document.round,
                callback_overdue,
            });
            document.record(now, entering.unwrap_or(document.state), "received");
        }
        let is_more_due = self.is_anything_due(queue);
        let held_back = self.flow(queue).taken(allowed, taken.len(), is_more_due, lease, now);
        (taken, held_back)
    }

    /// What workers and the third party have of a queue.
    fn others(&self, queue: &str) -> Others {
        let now = self.now();
        let mut others = Others::default();
        let items = self.documents.values().filter_map(|document| document.item.as_ref());
        for item in items.filter(|item| item.queue == queue && item.visible_at > now) {
            match item.phase {
                Phase::Leased => others.leased.push(item.visible_at),
                Phase::Waiting => others.waiting.push(item.visible_at),
                Phase::Queued => {}
            }
        }
        others
    }
}

/// Whether Redis refuses it whatever it knows: what is in flight is in a queue, and nothing else is.
fn is_nonsense(operation: &Operation) -> bool {
    match operation {
        Operation::Complete { to, handoff, .. } => *to == State::Failed || to.is_in_flight() != handoff.is_some(),
        Operation::Restore { destinations, .. } => destinations
            .iter()
            .any(|(state, enqueue)| state.is_in_flight() != enqueue.is_some()),
        Operation::Redrive { from: Some(from), .. } | Operation::RedriveMatching { from: Some(from), .. } => {
            !from.state.is_in_flight()
        }
        _ => false,
    }
}

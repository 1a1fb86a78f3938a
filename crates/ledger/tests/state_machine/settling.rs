//! What workers and the third party say about items, in the model.

use ledger::{Dependency, Phase, Recorded, Settled, State};

use crate::document::Entry;
use crate::model::Model;
use crate::operation::{Callback, Held, Operation, delay, minutes};

impl Model {
    /// Why a receipt settles nothing, if it does not.
    pub fn refusal(&self, held: Held) -> Option<Settled> {
        let Some(document) = self.documents.get(held.document) else {
            return Some(Settled::Gone { state: None });
        };
        let Some(item) = document.item.as_ref().filter(|item| item.queue == held.queue) else {
            return Some(Settled::Gone {
                state: Some(document.state),
            });
        };
        let is_held = item.phase == Phase::Leased && self.receipt(held) == document.receipts[held.queue];
        (!is_held).then_some(Settled::Stale { state: document.state })
    }

    /// The receipt that a worker shows.
    pub fn receipt(&self, held: Held) -> u64 {
        let latest = self
            .documents
            .get(held.document)
            .and_then(|document| document.receipts.get(held.queue));
        latest.copied().unwrap_or_default().saturating_sub(held.age)
    }

    pub fn settle(&mut self, id: &str, operation: &Operation) -> Settled {
        let (now, tick) = (self.now(), self.tick);
        let document = self.documents.get_mut(id).expect("a document");
        let state = document.state;
        let item = document.item.as_mut().expect("an item");
        let queue = item.queue;
        match *operation {
            Operation::Complete { to, handoff, .. } => {
                document.item = None;
                document.record(now, to, "done");
                if let Some(handoff) = handoff {
                    self.enqueue(id, handoff);
                }
                self.settled(queue, Dependency::Up);
            }
            Operation::Wait {
                deadline, to, review, ..
            } => {
                *item = Entry {
                    phase: Phase::Waiting,
                    receives: 0,
                    overdue: false,
                    ..item.clone()
                };
                item.visible_at = now + minutes(deadline, tick);
                document.review = Some(review);
                document.reviews.insert(review);
                document.record(now, to, "accepted");
                self.reviewed.entry((queue, review)).or_insert_with(|| id.to_owned());
                self.settled(queue, Dependency::Up);
            }
            Operation::Fail {
                retry_in, dependency, ..
            } => {
                let spared_until = match dependency {
                    Dependency::Down => self.flow(queue).outage(id, now),
                    Dependency::Up | Dependency::Unknown => None,
                };
                let document = self.documents.get_mut(id).expect("a document");
                let item = document.item.as_mut().expect("an item");
                if retry_in.is_none() && spared_until.is_none() {
                    document.bury(now, "refused");
                } else {
                    *item = Entry {
                        phase: Phase::Queued,
                        receives: 0,
                        overdue: false,
                        failures: item.failures + u32::from(spared_until.is_none()),
                        ..item.clone()
                    };
                    let retry_at = now + retry_in.map_or(0, |hours| delay(hours, tick));
                    item.visible_at = retry_at.max(spared_until.unwrap_or_default());
                    let is_due = item.visible_at == now;
                    document.record(now, state, "attempt-failed");
                    if is_due {
                        self.ring(queue);
                    }
                }
                self.settled(queue, dependency);
            }
            Operation::Extend { lease, .. } => item.visible_at = now + minutes(lease, tick),
            _ => unreachable!("it settles nothing"),
        }
        Settled::Done
    }

    pub fn call_back(
        &mut self,
        id: &str,
        webhook: &'static str,
        review: &'static str,
        from: &[State],
        details: Callback,
    ) -> Recorded {
        let now = self.now();
        let remembered = 3 * details.tolerance();
        let Some(document) = self.documents.get_mut(id) else {
            return Recorded::Unknown;
        };
        self.webhooks.retain(|_, at| now - *at <= remembered);
        if self.webhooks.contains_key(webhook) {
            return Recorded::Duplicate;
        }
        let entry = document.item.as_ref().or(document.dead.as_ref());
        let Some(entry) = entry.filter(|entry| entry.queue == details.awaiting && from.contains(&document.state))
        else {
            return Recorded::NotAwaited(document.state);
        };
        let is_settled = document.dead.is_some() || entry.phase == Phase::Waiting;
        let of = self.reviewed.get(&(details.awaiting, review));
        let is_of_another = of.is_some_and(|of| of != id) || (is_settled && !document.reviews.is_empty());
        if is_of_another && !document.reviews.contains(review) {
            return Recorded::OtherReview;
        }
        self.reviewed
            .entry((details.awaiting, review))
            .or_insert_with(|| id.to_owned());
        self.webhooks.insert(webhook, now);
        document.reviews.insert(review);
        document.review = Some(review);
        document.record(now, details.to, "callback-received");
        self.enqueue(id, details.enqueue);
        self.settled(details.awaiting, Dependency::Unknown);
        Recorded::Queued
    }
}

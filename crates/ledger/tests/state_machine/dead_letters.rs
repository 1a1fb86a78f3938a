//! What operators do with dead letters, in the model.

use ledger::{Handled, Phase};

use crate::document::Entry;
use crate::model::Model;
use crate::operation::{Elsewhere, Enqueue};

impl Model {
    /// Nothing where there is no way for this kind of document.
    pub fn redrive(&mut self, queue: &'static str, id: &str, from: Option<Elsewhere>) -> Option<Handled> {
        let now = self.now();
        let Some(document) = self.documents.get_mut(id) else {
            return Some(Handled::Unknown);
        };
        if document.dead.as_ref().is_none_or(|entry| entry.queue != queue) {
            return Some(Handled::NotDead(document.state));
        }
        if let Some(from) = from {
            let queue = from.queue(id)?;
            document.begin_round();
            document.record(now, from.state, "redriven");
            self.enqueue(id, Enqueue { queue, delay: 0 });
            return Some(Handled::Done(from.state));
        }
        let mut entry = document.dead.take().expect("a dead letter");
        entry = Entry {
            phase: Phase::Queued,
            visible_at: now,
            failures: 0,
            receives: 0,
            overdue: false,
            ..entry
        };
        let state = entry.state;
        document.item = Some(entry);
        document.begin_round();
        document.record(now, state, "redriven");
        self.ring(queue);
        Some(Handled::Done(state))
    }

    pub fn redrive_matching(&mut self, queue: Option<&str>, reason: Option<&str>, from: Option<Elsewhere>) -> u32 {
        let mut redriven = 0;
        for (dead_in, id) in self.dead() {
            let document = &self.documents[id];
            let is_meant = queue.is_none_or(|queue| queue == dead_in)
                && reason.is_none_or(|reason| document.failure.as_deref() == Some(reason));
            if is_meant && self.redrive(dead_in, id, from).is_some() {
                redriven += 1;
            }
        }
        redriven
    }

    pub fn discard(&mut self, queue: &str, id: &str) -> Handled {
        let Some(document) = self.documents.get_mut(id) else {
            return Handled::Unknown;
        };
        if document.dead.take_if(|entry| entry.queue == queue).is_none() {
            return Handled::NotDead(document.state);
        }
        document.events.push("discarded");
        Handled::Done(document.state)
    }
}

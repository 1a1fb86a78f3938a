//! What teachers hand in and change, and what is restored of that, in the model.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Created, Replaced, Revised, State};

use crate::document::Document;
use crate::model::{Model, Submission};
use crate::operation::{Enqueue, SUBMISSIONS};

impl Model {
    pub fn create(&mut self, submission: usize) -> Created {
        let (id, documents) = SUBMISSIONS[submission];
        if self.documents.contains_key(documents[0]) {
            return Created::Replayed(id.to_owned());
        }
        self.begin(submission);
        for id in documents {
            self.add(submission, id, State::AwaitingUpload, vec!["created"]);
        }
        Created::New
    }

    fn begin(&mut self, submission: usize) {
        let (id, documents) = SUBMISSIONS[submission];
        let begun = Submission {
            title: format!("Portfolio {id}"),
            is_withdrawn: false,
            documents: documents.to_vec(),
        };
        self.submissions.insert(submission, begun);
    }

    fn add(&mut self, submission: usize, id: &'static str, state: State, events: Vec<&'static str>) {
        let document = Document {
            submission,
            is_replaced: false,
            state,
            since: self.now(),
            failure: (state == State::Failed).then(|| "withdrawn".to_owned()),
            review: None,
            reviews: BTreeSet::new(),
            round: 0,
            receipts: BTreeMap::new(),
            events,
            item: None,
            dead: None,
        };
        self.documents.insert(id, document);
    }

    pub fn restore(&mut self, submission: usize, destinations: &[(State, Option<Enqueue>)]) -> Vec<String> {
        let (_, documents) = SUBMISSIONS[submission];
        if self.documents.contains_key(documents[0]) {
            return Vec::new();
        }
        self.begin(submission);
        for (id, (state, enqueue)) in documents.iter().zip(destinations) {
            self.add(submission, id, *state, vec!["created", "restored"]);
            if let Some(enqueue) = enqueue {
                self.enqueue(id, *enqueue);
            }
        }
        documents.iter().map(|id| (*id).to_owned()).collect()
    }

    pub fn rename(&mut self, submission: usize, title: &str, unless: &[State]) -> Revised {
        let Some(found) = self.submissions.get_mut(&submission) else {
            return Revised::Unknown;
        };
        for id in &found.documents {
            let state = self.documents[id].state;
            if unless.contains(&state) {
                return Revised::Refused(state);
            }
        }
        if found.title != title {
            title.clone_into(&mut found.title);
            for id in &found.documents {
                self.documents.get_mut(id).expect("a document").events.push("renamed");
            }
        }
        Revised::Done
    }

    pub fn withdraw(&mut self, submission: usize, from: &[State]) -> Revised {
        let now = self.now();
        let Some(found) = self.submissions.get_mut(&submission) else {
            return Revised::Unknown;
        };
        for id in &found.documents {
            let state = self.documents[id].state;
            if state != State::Failed && !from.contains(&state) {
                return Revised::Refused(state);
            }
        }
        if std::mem::replace(&mut found.is_withdrawn, true) {
            return Revised::Done;
        }
        for id in &found.documents {
            let document = self.documents.get_mut(id).expect("a document");
            document.item = None;
            document.dead = None;
            if document.state == State::Failed {
                document.events.push("withdrawn");
            } else {
                document.record(now, State::Failed, "withdrawn");
                document.failure = Some("withdrawn".to_owned());
            }
        }
        Revised::Done
    }

    /// Nothing where the new document's id is taken.
    pub fn replace(&mut self, submission: usize, id: &'static str, new: &'static str) -> Option<Replaced> {
        let is_taken = self.documents.contains_key(new);
        let Some(document) = self
            .documents
            .get_mut(id)
            .filter(|found| found.submission == submission)
        else {
            return Some(Replaced::Unknown);
        };
        let of = self.submissions.get_mut(&submission).expect("a submission");
        if document.state != State::Failed || document.is_replaced || of.is_withdrawn {
            return Some(Replaced::Refused(document.state));
        }
        if is_taken {
            return None;
        }
        document.item = None;
        document.dead = None;
        document.is_replaced = true;
        document.events.push("replaced");
        let place = of.documents.iter().position(|found| *found == id).expect("its place");
        of.documents[place] = new;
        self.add(submission, new, State::AwaitingUpload, vec!["created"]);
        Some(Replaced::Done)
    }
}

//! The ledger in Redis beside the model.

use std::{collections::BTreeSet, time::Duration};

use ledger::{DeadLetterFilter, Phase, State};

use crate::{
    document::Document,
    model::{Model, Submission},
    system::System,
};

/// How soon the alarm repairs a bell that was lost: after that, nobody here having listened, it is gone.
const REPAIR: Duration = Duration::from_secs(4);

impl System {
    pub async fn check_document(&self, id: &str, expected: &Document) {
        let actual = self
            .runner
            .run(self.ledger.document(id))
            .await
            .unwrap()
            .expect("the document");
        assert_eq!(
            (actual.state, self.minute(actual.since)),
            (expected.state, expected.since),
            "{id}"
        );
        assert_eq!(actual.failure.map(|failure| failure.code), expected.failure, "{id}");
        assert_eq!(
            actual.state == State::Failed,
            expected.failure.is_some(),
            "{id}: failed, and only then, with a reason"
        );
        assert_eq!(actual.review.as_deref(), expected.review, "{id}");
        assert_eq!(
            actual.version,
            expected.events.len() as u64,
            "{id}: every event is a version"
        );
        assert_eq!(
            actual.dead_letter.as_deref(),
            expected.dead.as_ref().map(|entry| entry.queue),
            "{id}"
        );
        assert_eq!(
            actual.item.is_some(),
            actual.state.is_in_flight(),
            "{id}: in flight is in a queue"
        );
        let item = actual.item.map(|item| {
            (
                item.queue,
                item.phase,
                self.minute(item.visible_at),
                self.minute(item.enqueued_at),
                item.failures,
            )
        });
        let entry = expected.item.as_ref();
        let entry = entry.map(|e| (e.queue.to_owned(), e.phase, e.visible_at, e.enqueued_at, e.failures));
        assert_eq!(item, entry, "{id}");
    }

    pub async fn check_submission(&self, id: &str, expected: &Submission) {
        let call = self.ledger.submission(id);
        let actual = self.runner.run(call).await.unwrap().expect("the submission");
        let documents: Vec<_> = actual.documents.iter().map(|document| document.id.as_str()).collect();
        assert_eq!(
            (actual.title.as_str(), actual.withdrawn_at.is_some(), documents),
            (
                expected.title.as_str(),
                expected.is_withdrawn,
                expected.documents.clone()
            ),
            "{id}"
        );
    }

    pub async fn check_queue(&self, queue: &str, model: &Model) {
        let stats = self
            .runner
            .run(self.ledger.queue_stats(&[queue]))
            .await
            .unwrap()
            .remove(0);
        let entries = model.entries(queue);
        let due = entries.iter().filter(|(at, _)| *at <= model.now()).count();
        let count = |phase| {
            let items = model.documents.values().filter_map(|document| document.item.as_ref());
            let items =
                items.filter(|item| item.queue == queue && item.phase == phase && item.visible_at > model.now());
            items.count() as u64
        };
        assert_eq!((stats.depth, stats.due), (entries.len() as u64, due as u64), "{queue}");
        assert_eq!(
            (stats.in_flight, stats.waiting),
            (count(Phase::Leased), count(Phase::Waiting)),
            "{queue}"
        );
        assert_eq!(stats.delayed, count(Phase::Queued), "{queue}");
        assert_eq!(stats.paused.is_some(), model.is_paused(queue), "{queue}");
        let hold = stats.held_back.map(|hold| (hold.reason, self.minute(hold.until)));
        assert_eq!(hold, model.hold(queue), "{queue}");

        let letters = self
            .runner
            .run(self.ledger.dead_letters(&of_queue(queue), None, 10))
            .await
            .unwrap()
            .items;
        assert_eq!(letters.len() as u64, stats.dead, "{queue}");
        let letters: BTreeSet<_> = letters
            .into_iter()
            .map(|letter| {
                (
                    letter.document,
                    self.minute(letter.at),
                    letter.failures,
                    letter.failure.code,
                )
            })
            .collect();
        let expected = model.documents.iter().filter_map(|(id, document)| {
            let dead = document.dead.as_ref().filter(|dead| dead.queue == queue)?;
            Some((
                (*id).to_owned(),
                dead.visible_at,
                dead.failures,
                document.failure.clone()?,
            ))
        });
        assert_eq!(letters, expected.collect(), "{queue}");

        let alarm = self.ledger.alarm_key(queue);
        let is_armed: bool = redis::cmd("EXISTS")
            .arg(alarm)
            .query_async(&mut self.redis.clone())
            .await
            .unwrap();
        if self.begun.elapsed() < REPAIR {
            let is_wanted = !entries.is_empty() && !model.is_paused(queue);
            assert_eq!(
                is_armed, is_wanted,
                "{queue}: an alarm while it is not empty, nor paused"
            );
        }
    }

    /// A history begins with the creation, and each state follows from the one before.
    pub async fn check_history(&self, id: &str) {
        let history = self.runner.run(self.ledger.history(id)).await.unwrap();
        assert_eq!(
            (history[0].event.as_str(), history[0].state),
            ("created", State::AwaitingUpload)
        );
        for pair in history.windows(2) {
            assert_eq!(pair[1].from.unwrap_or(pair[1].state), pair[0].state, "{id}: {pair:?}");
            assert!(pair[0].at <= pair[1].at, "{id}: {pair:?}");
        }
    }

    /// No key but an alarm has a TTL.
    pub async fn check_keys(&self) {
        let pattern = self.ledger.alarm_key("").replace("alarm:", "*");
        let mut redis = self.redis.clone();
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut redis).await.unwrap();
        for key in keys {
            let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut redis).await.unwrap();
            assert!(left < 0 || self.ledger.queue_of_alarm(&key).is_some(), "{key}");
        }
    }
}

fn of_queue(queue: &str) -> DeadLetterFilter {
    DeadLetterFilter {
        queue: Some(queue.into()),
        ..DeadLetterFilter::default()
    }
}

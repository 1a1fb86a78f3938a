//! What is written down in the bucket, so that nothing about a document is known to Redis alone.

use handoff::{Kept, NormalizeWork, VerifyWork};
use portfolio::keys;
use serde::Serialize;
use stage::Outcome;

use crate::verifier::{Verifier, Work, written};

impl Verifier {
    /// Keeps the callback as it was signed, and what goes with it.
    pub(crate) async fn keep_callback(&self, work: &Work) -> Result<(), Outcome> {
        let key = keys::callback(&work.facts.submission, &work.document);
        let callback = VerifyWork {
            received_at: work.received_at,
            query: work.query.clone(),
            callback: work.callback.clone(),
        };
        self.keep(&key, &self.queue, callback).await
    }

    /// Keeps what is verified beside the files themselves: from it, `normalize` can be given its work again without asking
    /// the third party.
    pub(crate) async fn keep_record(&self, work: &Work, next: &NormalizeWork) -> Result<(), Outcome> {
        let key = keys::verified(&work.facts.submission, &work.document);
        self.keep(&key, &self.next_queue, next).await
    }

    async fn keep<W: Serialize>(&self, key: &str, queue: &str, work: W) -> Result<(), Outcome> {
        let kept = Kept {
            queue: queue.to_owned(),
            work,
        };
        self.bucket
            .put(key, "application/json", written(&kept)?.into())
            .await
            .map_err(|error| Outcome::bucket_failed(&error))
    }
}

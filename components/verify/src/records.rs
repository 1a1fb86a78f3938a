//! What is written down in the bucket, so that nothing about a document is known to Redis alone.

use handoff::NormalizeWork;
use portfolio::keys;
use stage::Outcome;

use crate::verifier::{Verifier, Work, written};

impl Verifier {
    /// Keeps the callback as it was signed.
    pub(crate) async fn keep_callback(&self, work: &Work) -> Result<(), Outcome> {
        let key = keys::callback(&work.facts.submission, &work.document);
        self.keep(&key, work.callback.clone()).await
    }

    /// Keeps what is verified beside the files themselves: from it, `normalize` can be given its work again without asking
    /// the third party.
    pub(crate) async fn keep_record(&self, work: &Work, next: &NormalizeWork) -> Result<(), Outcome> {
        let key = keys::verified(&work.facts.submission, &work.document);
        self.keep(&key, written(next)?).await
    }

    async fn keep(&self, key: &str, json: String) -> Result<(), Outcome> {
        self.bucket
            .put(key, "application/json", json.into())
            .await
            .map_err(|error| Outcome::bucket_failed(&error))
    }
}

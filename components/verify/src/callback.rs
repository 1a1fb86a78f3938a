//! The callback itself, kept.

use ledger::Item;
use portfolio::{Facts, keys};
use stage::Outcome;

use crate::verifier::Verifier;

impl Verifier {
    /// Keeps the callback as it was signed, so that nothing that a third party said is known to Redis alone.
    pub(crate) async fn keep_callback(&self, item: &Item, facts: &Facts, callback: String) -> Result<(), Outcome> {
        let document = item
            .document
            .parse()
            .map_err(|_| Outcome::permanent("internal", "The item has no document."))?;
        let key = keys::callback(&facts.submission, &document);
        self.bucket
            .put(&key, "application/json", callback.into())
            .await
            .map_err(|error| Outcome::bucket_failed(&error))
    }
}

//! How much of a returned file has arrived, written down beside it, so that the next attempt goes on from there.

use portfolio::{Sha256, keys};
use serde::{Deserialize, Serialize};
use stage::Outcome;

use crate::deposit::{Deposit, Parts};
use crate::fetch::Trouble;
use crate::passed::{Kept, Passed};
use crate::promise::Promise;
use crate::source::Source;
use crate::verifier::{Verifier, Work, written};

/// A record has some hundred bytes, and 40 more for each part.
const LARGEST: usize = 1024 * 1024;

/// What an attempt leaves for the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// What was promised: a file of which something else is promised now is another.
    promised_sha256: Option<Sha256>,
    promised_size: Option<u64>,
    /// The length of the whole file, if the third party said it.
    pub(crate) size: Option<u64>,
    /// By which the third party knows the file.
    pub(crate) entity_tag: Option<String>,
    pub(crate) parts: Parts,
    pub(crate) passed: Kept,
}

impl Verifier {
    /// What an earlier attempt at a file left. None that is about another file, or whose upload the bucket has given up.
    pub(crate) async fn progress(&self, work: &Work, promise: &Promise) -> Result<Option<Progress>, Trouble> {
        if !work.is_repeated {
            return Ok(None);
        }
        let key = keys::partial(&work.facts.submission, &work.document, &promise.role);
        let record = match self.bucket.get(&key, LARGEST).await {
            Ok(record) => record,
            Err(spin_bucket::Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(Trouble::Unreached(Outcome::bucket_failed(&error))),
        };
        let Ok(progress) = serde_json::from_slice::<Progress>(&record) else {
            return Ok(None);
        };
        let is_the_same = progress.promised_sha256 == promise.sha256 && progress.promised_size == promise.size;
        if !is_the_same || progress.passed.clone().restore().is_none() {
            return Ok(None);
        }
        let object = keys::returned(&work.facts.submission, &work.document, &promise.role);
        let received = self.bucket.received(&object, &progress.parts.upload_id).await;
        let received = received.map_err(|error| Trouble::Unreached(Outcome::bucket_failed(&error)))?;
        // A part that was not written down yet is uploaded once more, under the same number.
        Ok(received
            .is_some_and(|received| received >= progress.passed.size())
            .then_some(progress))
    }

    /// Writes down what has arrived, if a later attempt could go on from there.
    pub(crate) async fn note_progress(
        &self,
        work: &Work,
        promise: &Promise,
        source: &Source,
        deposit: &Deposit<'_>,
        passed: &Passed,
    ) -> Result<(), Trouble> {
        // Without a tag or a hash nobody knows whether the rest belongs to the beginning.
        let is_known = source.entity_tag.is_some() || promise.sha256.is_some();
        let (Some(parts), Some(passed), true) = (&deposit.parts, passed.keep(), is_known) else {
            return Ok(());
        };
        let progress = Progress {
            promised_sha256: promise.sha256,
            promised_size: promise.size,
            size: source.size,
            entity_tag: source.entity_tag.clone(),
            parts: parts.clone(),
            passed,
        };
        let record = written(&progress).map_err(Trouble::Unreached)?;
        let key = keys::partial(&work.facts.submission, &work.document, &promise.role);
        self.bucket
            .put(&key, "application/json", record.into())
            .await
            .map_err(|error| Trouble::Unreached(Outcome::bucket_failed(&error)))
    }

    /// The record is of no use any more. One that stays is about an upload that is not there, and is passed over.
    pub(crate) async fn forget_progress(&self, work: &Work, promise: &Promise) {
        let key = keys::partial(&work.facts.submission, &work.document, &promise.role);
        let _ = self.bucket.delete(&key).await;
    }
}

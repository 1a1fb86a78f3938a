//! Where the pieces of a returned file go: one object, or an upload in parts.

use bytes::Bytes;
use stage::Outcome;

use crate::fetch::Trouble;
use crate::passed::Passed;
use crate::progress::Progress;
use crate::promise::Promise;
use crate::verifier::{Verifier, Work};

/// A file on its way into the bucket.
pub(crate) struct Deposit<'a> {
    verifier: &'a Verifier,
    key: String,
    promise: &'a Promise,
    /// The upload's id and the entity tags of its parts, once there is more than one piece.
    pub(crate) parts: Option<Parts>,
}

/// An upload in parts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Parts {
    pub(crate) upload_id: String,
    pub(crate) etags: Vec<String>,
}

impl<'a> Deposit<'a> {
    pub(crate) fn new(verifier: &'a Verifier, key: String, promise: &'a Promise) -> Self {
        Self {
            verifier,
            key,
            promise,
            parts: None,
        }
    }

    /// Goes on with the parts of an earlier attempt, and gives what had passed.
    pub(crate) fn resume(&mut self, begun: Progress) -> Passed {
        let Progress { parts, passed, .. } = begun;
        match passed.restore() {
            Some(passed) => {
                self.parts = Some(parts);
                passed
            }
            // `Verifier::progress` gives none that cannot be restored.
            None => Passed::nothing(self.promise.form.clone()),
        }
    }

    /// Takes a piece; true when the file is whole.
    pub(crate) async fn take(&mut self, piece: Bytes, is_last: bool) -> Result<bool, Trouble> {
        let bucket = &self.verifier.bucket;
        let media_type = &self.promise.media_type;
        if is_last && self.parts.is_none() {
            bucket.put(&self.key, media_type, piece).await.map_err(failed)?;
            return Ok(true);
        }
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => self.parts.insert(Parts {
                upload_id: bucket.begin_upload(&self.key, media_type).await.map_err(failed)?,
                etags: Vec::new(),
            }),
        };
        if !piece.is_empty() {
            let number = u16::try_from(parts.etags.len() + 1)
                .map_err(|_| Trouble::Wrong("it has more parts than a bucket takes".into()))?;
            let etag = bucket.put_part(&self.key, &parts.upload_id, number, piece).await;
            parts.etags.push(etag.map_err(failed)?);
        }
        if is_last {
            let completed = bucket.complete_upload(&self.key, &parts.upload_id, &parts.etags).await;
            completed.map_err(failed)?;
        }
        Ok(is_last)
    }

    /// The file is whole: nothing of the way there is needed any more.
    pub(crate) async fn close(&self, work: &Work) {
        if self.parts.is_some() {
            self.verifier.forget_progress(work, self.promise).await;
        }
    }

    /// Gives up what an earlier attempt left: the file is another by now. What cannot be deleted, the bucket's own rules
    /// for unfinished uploads take away.
    pub(crate) async fn forget(&self, work: &Work, stale: &Progress) {
        let _ = self
            .verifier
            .bucket
            .abort_upload(&self.key, &stale.parts.upload_id)
            .await;
        self.verifier.forget_progress(work, self.promise).await;
    }
}

fn failed(error: spin_bucket::Error) -> Trouble {
    Trouble::Unreached(match error {
        // The bucket gave up the upload, after a day or a week: the next attempt begins it anew.
        spin_bucket::Error::NotFound(_) => {
            Outcome::transient("bucket-unavailable", "The bucket does not know the upload any more.")
        }
        error => Outcome::bucket_failed(&error),
    })
}

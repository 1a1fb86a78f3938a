//! Fetching what was promised, into the bucket.
//!
//! A file passes through here in pieces of a few megabytes, whatever its size. One that does not fit into a single piece is
//! an upload in parts: when the third party or the line to it gives up in the middle, the parts stay in the bucket, and
//! the next attempt, which is the queue's business, goes on behind them ([`progress`](crate::progress)).

use futures::StreamExt as _;
use futures::stream;
use handoff::VerifiedFile;
use portfolio::keys;
use stage::Outcome;
use vendor::adapter::OfferedFile;

use crate::content::contradiction;
use crate::deposit::Deposit;
use crate::passed::Passed;
use crate::promise::{Promise, hold};
use crate::verifier::{Verifier, Work};

/// How many files of one document are fetched side by side, each of which takes two pieces of memory.
const SIDE_BY_SIDE: usize = 2;

/// The most characters of what is said about files that are not correct.
const MOST_CHARACTERS: usize = 4_000;

/// Why one file is not in the bucket.
pub(crate) enum Trouble {
    /// It is not what was promised.
    Wrong(String),
    /// The third party or the bucket could not be reached: nothing is known about the file.
    Unreached(Outcome),
}

impl Verifier {
    /// Every file that was promised, or what became of the attempt.
    pub(crate) async fn fetch_all(&self, work: &Work, offered: &[OfferedFile]) -> Result<Vec<VerifiedFile>, Outcome> {
        let promises = hold(offered, &work.expectations(), &self.origins).map_err(|wrong| incorrect(&wrong))?;
        let fetched: Vec<_> = stream::iter(&promises)
            .map(|promise| self.fetch(work, promise))
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await;

        let (mut files, mut wrong) = (Vec::new(), Vec::new());
        for (result, promise) in fetched.into_iter().zip(&promises) {
            match result {
                Ok(file) => files.push(file),
                Err(Trouble::Wrong(reason)) => wrong.push(format!("{}: {reason}", promise.role)),
                Err(Trouble::Unreached(outcome)) => return Err(outcome),
            }
        }
        if wrong.is_empty() {
            Ok(files)
        } else {
            Err(incorrect(&wrong))
        }
    }

    async fn fetch(&self, work: &Work, promise: &Promise) -> Result<VerifiedFile, Trouble> {
        let begun = self.progress(work, promise).await?;
        let mut source = self.open(promise, begun.as_ref()).await?;
        let key = keys::returned(&work.facts.submission, &work.document, &promise.role);
        let mut deposit = Deposit::new(self, key, promise);
        let mut passed = match begun {
            Some(begun) if source.continues => deposit.resume(begun),
            Some(stale) => {
                deposit.forget(work, &stale).await;
                Passed::nothing(promise.form.clone())
            }
            None => Passed::nothing(promise.form.clone()),
        };
        loop {
            let piece = source.piece().await?;
            passed.update(&piece.bytes);
            check_size(promise, source.size, passed.size, piece.is_last)?;
            if deposit.take(piece.bytes, piece.is_last).await? {
                break;
            }
            self.note_progress(work, promise, &source, &deposit, &passed).await?;
        }
        deposit.close(work).await;
        judge(promise, &passed)
    }
}

/// Whether as much came as was said, and no more than is taken.
fn check_size(promise: &Promise, announced: Option<u64>, passed: u64, is_last: bool) -> Result<(), Trouble> {
    if passed > promise.largest {
        return Err(Trouble::Wrong(format!("it has more than {} bytes", promise.largest)));
    }
    match announced {
        Some(size) if passed > size || (is_last && passed != size) => {
            Err(Trouble::Wrong(format!("it gave {passed} bytes of the promised {size}")))
        }
        _ => Ok(()),
    }
}

/// Whether what passed into the bucket is what was promised and expected.
fn judge(promise: &Promise, passed: &Passed) -> Result<VerifiedFile, Trouble> {
    if let Some(contradiction) = contradiction(&passed.first_bytes, &promise.media_type) {
        return Err(Trouble::Wrong(format!(
            "it is not {}: {contradiction}",
            promise.media_type
        )));
    }
    let sha256 = passed.sha256();
    if promise.sha256.is_some_and(|promised| promised != sha256) {
        return Err(Trouble::Wrong(format!("its SHA-256 is {sha256}, not the promised one")));
    }
    passed.check().map_err(|wrong| Trouble::Wrong(wrong.to_string()))?;
    Ok(VerifiedFile {
        role: promise.role.clone(),
        media_type: promise.media_type.clone(),
        size: passed.size,
        sha256,
    })
}

/// The third party says what is in it, and how much of that.
fn incorrect(wrong: &[String]) -> Outcome {
    let mut reasons = wrong.join("; ");
    if let Some((end, _)) = reasons.char_indices().nth(MOST_CHARACTERS) {
        reasons.truncate(end);
        reasons.push('…');
    }
    Outcome::transient(
        "files-incorrect",
        format!("The review service returned files that are not correct. {reasons}."),
    )
}

pub(crate) fn unreached(error: &spin_outbound::Error) -> Trouble {
    Trouble::Unreached(match error {
        spin_outbound::Error::Denied(_) => Outcome::permanent("outbound-denied", error.to_string()),
        _ => Outcome::unavailable(
            "unreachable",
            format!("The review service's files could not be fetched: {error}."),
            None,
        ),
    })
}

//! Fetching what was promised, into the bucket.

use std::cell::RefCell;
use std::rc::Rc;

use bucket::Upload;
use bytes::Bytes;
use futures::future::join_all;
use handoff::VerifiedFile;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use portfolio::keys;
use spin_outbound::Limits;
use stage::Outcome;
use vendor::adapter::OfferedFile;

use crate::content::{contradiction, declares};
use crate::hashing::{Hashing, Passed};
use crate::promise::{Promise, hold};
use crate::verifier::{Verifier, Work};

/// The bucket wants to know the length of what it is given. A file of which nobody says it is kept in memory up to this
/// many bytes, and refused beyond.
const LARGEST_OF_UNKNOWN_LENGTH: u64 = 16 << 20;

/// Why one file is not in the bucket.
enum Trouble {
    /// It is not what was promised.
    Wrong(String),
    /// The third party or the bucket could not be reached: nothing is known about the file.
    Unreached(Outcome),
}

impl Verifier {
    /// Every file that was promised, or what became of the attempt.
    pub(crate) async fn fetch_all(&self, work: &Work, offered: &[OfferedFile]) -> Result<Vec<VerifiedFile>, Outcome> {
        let promises = hold(offered, &work.expectations(), &self.origins).map_err(|wrong| incorrect(&wrong))?;
        let fetched = join_all(promises.iter().map(|promise| self.fetch(work, promise))).await;

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
        let answer = spin_outbound::send(self.request(promise)?, Limits::default())
            .await
            .map_err(|error| unreached(&error))?;
        let (parts, body) = answer.into_parts();
        check_status(parts.status, promise)?;
        let size = announced_size(&parts.headers, promise)?;

        let passed = Rc::new(RefCell::new(Passed::nothing(promise.form.clone())));
        let body = Hashing::new(body, &passed);
        let key = keys::returned(&work.facts.submission, &work.document, &promise.role);
        let stored = if let Some(size) = size {
            let upload = Upload::new(&promise.media_type, size);
            self.bucket.put_stream(&key, upload, body).await
        } else {
            let whole = whole(body, promise).await?;
            self.bucket.put(&key, &promise.media_type, whole).await
        };

        let mut passed = passed.borrow_mut();
        if let Err(error) = stored {
            // The bucket refuses a body that ends early or goes on for too long; that is the file's fault.
            return Err(match size {
                Some(size) if passed.size != size => {
                    Trouble::Wrong(format!("it gave {} bytes of the promised {size}", passed.size))
                }
                _ => Trouble::Unreached(Outcome::bucket_failed(&error)),
            });
        }
        judge(promise, &mut passed)
    }

    fn request(&self, promise: &Promise) -> Result<http::Request<Bytes>, Trouble> {
        let mut builder = http::Request::get(&promise.url);
        if let Some((name, prefix)) = &promise.token {
            let token = self.token.as_ref().ok_or_else(|| {
                let message =
                    "The review service wants a token for its files, and the variable vendor_token is not set.";
                Trouble::Unreached(Outcome::permanent("internal", message))
            })?;
            builder = builder.header(name, format!("{prefix}{token}"));
        }
        builder
            .body(Bytes::new())
            .map_err(|error| Trouble::Wrong(format!("its link cannot be followed ({error})")))
    }
}

/// A file of unknown length.
async fn whole<B>(body: B, promise: &Promise) -> Result<Bytes, Trouble>
where
    B: http_body::Body<Data = Bytes, Error = spin_sdk::wasip3::http::types::ErrorCode> + Unpin,
{
    let largest = promise.largest.min(LARGEST_OF_UNKNOWN_LENGTH);
    spin_outbound::collect(
        body,
        usize::try_from(largest).unwrap_or(usize::MAX),
        "the review service",
    )
    .await
    .map_err(|error| match error {
        spin_outbound::Error::TooLarge { limit, .. } => {
            Trouble::Wrong(format!("it has no declared length, and more than {limit} bytes"))
        }
        error => unreached(&error),
    })
}

fn check_status(status: StatusCode, promise: &Promise) -> Result<(), Trouble> {
    match status {
        StatusCode::OK => Ok(()),
        // The third party has trouble, not the file.
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(Trouble::Unreached(Outcome::unavailable(
                "unreachable",
                format!(
                    "The review service answered {status} when asked for the file {}.",
                    promise.role
                ),
                None,
            )))
        }
        status => Err(Trouble::Wrong(format!("its link answered {status}"))),
    }
}

/// The file's length by what was promised and what is announced now, which must not disagree.
fn announced_size(headers: &HeaderMap, promise: &Promise) -> Result<Option<u64>, Trouble> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(content_type) = header(CONTENT_TYPE)
        && !declares(content_type, &promise.media_type)
    {
        return Err(Trouble::Wrong(format!(
            "it is served as {content_type}, not as the promised {}",
            promise.media_type
        )));
    }
    let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    match (announced, promise.size) {
        (Some(announced), Some(promised)) if announced != promised => Err(Trouble::Wrong(format!(
            "it has {announced} bytes, not the promised {promised}"
        ))),
        (Some(announced), _) if announced > promise.largest => Err(Trouble::Wrong(format!(
            "it has {announced} bytes; at most {} are taken",
            promise.largest
        ))),
        (announced, promised) => Ok(announced.or(promised)),
    }
}

/// Whether what passed into the bucket is what was promised and expected.
fn judge(promise: &Promise, passed: &mut Passed) -> Result<VerifiedFile, Trouble> {
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

fn incorrect(wrong: &[String]) -> Outcome {
    Outcome::transient(
        "files-incorrect",
        format!(
            "The review service returned files that are not correct. {}.",
            wrong.join("; ")
        ),
    )
}

fn unreached(error: &spin_outbound::Error) -> Trouble {
    Trouble::Unreached(match error {
        spin_outbound::Error::Denied(_) => Outcome::permanent("outbound-denied", error.to_string()),
        _ => Outcome::unavailable(
            "unreachable",
            format!("The review service's files could not be fetched: {error}."),
            None,
        ),
    })
}

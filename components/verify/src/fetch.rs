//! Fetching what was promised, into the bucket.

use bucket::Upload;
use bytes::Bytes;
use futures::future::join_all;
use handoff::VerifiedFile;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use ledger::Item;
use portfolio::{DocumentId, Facts, keys};
use spin_outbound::Limits;
use stage::Outcome;
use vendor::adapter::{Expectation, OfferedFile};

use crate::content::{contradiction, declares};
use crate::hashing::Hashing;
use crate::promise::{Promise, hold};
use crate::verifier::Verifier;

/// Why one file is not in the bucket.
enum Trouble {
    /// It is not what was promised.
    Wrong(String),
    /// The third party or the bucket could not be reached: nothing is known about the file.
    Unreached(Outcome),
}

impl Verifier {
    /// Every file that was promised, or what became of the attempt.
    pub(crate) async fn fetch_all(
        &self,
        item: &Item,
        facts: &Facts,
        expectations: &[Expectation],
        offered: &[OfferedFile],
    ) -> Result<Vec<VerifiedFile>, Outcome> {
        let document = item
            .document
            .parse()
            .map_err(|_| Outcome::permanent("internal", "The item has no document."))?;
        let promises = hold(offered, expectations, &self.origins).map_err(|wrong| incorrect(&wrong))?;
        let fetched = join_all(promises.into_iter().map(|promise| self.fetch(facts, document, promise))).await;

        let (mut files, mut wrong) = (Vec::new(), Vec::new());
        for result in fetched {
            match result {
                Ok(file) => files.push(file),
                Err(Trouble::Wrong(reason)) => wrong.push(reason),
                Err(Trouble::Unreached(outcome)) => return Err(outcome),
            }
        }
        if wrong.is_empty() {
            Ok(files)
        } else {
            Err(incorrect(&wrong))
        }
    }

    async fn fetch(&self, facts: &Facts, document: DocumentId, promise: Promise) -> Result<VerifiedFile, Trouble> {
        let wrong = |reason: String| Trouble::Wrong(format!("{}: {reason}", promise.role));
        let request = http::Request::get(&promise.url)
            .body(Bytes::new())
            .map_err(|error| wrong(format!("its link cannot be followed ({error})")))?;
        let answer = spin_outbound::send(request, Limits::default())
            .await
            .map_err(|error| Trouble::Unreached(unreached(&error)))?;

        match answer.status() {
            StatusCode::OK => {}
            // The third party has trouble, not the file.
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(Trouble::Unreached(Outcome::unavailable(
                    "unreachable",
                    format!(
                        "The review service answered {status} when asked for the file {}.",
                        promise.role
                    ),
                    None,
                )));
            }
            status => return Err(wrong(format!("its link answered {status}"))),
        }
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(length) = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok())
            && length != promise.size
        {
            return Err(wrong(format!(
                "it has {length} bytes, not the promised {}",
                promise.size
            )));
        }
        if let Some(content_type) = header(CONTENT_TYPE)
            && !declares(content_type, &promise.media_type)
        {
            return Err(wrong(format!(
                "it is served as {content_type}, not as the promised {}",
                promise.media_type
            )));
        }

        let (body, passed) = Hashing::new(answer.into_body());
        let key = keys::returned(&facts.submission, &document, &promise.role);
        let upload = Upload::new(&promise.media_type, promise.size);
        let stored = self.bucket.put_stream(&key, upload, body).await;

        let passed = passed.borrow();
        if let Err(error) = stored {
            // The bucket refuses a body that ends early or goes on for too long; that is the file's fault.
            return Err(if passed.size == promise.size {
                Trouble::Unreached(Outcome::bucket_failed(&error))
            } else {
                wrong(format!(
                    "it gave {} bytes of the promised {}",
                    passed.size, promise.size
                ))
            });
        }
        if let Some(contradiction) = contradiction(&passed.first_bytes, &promise.media_type) {
            return Err(wrong(format!("it is not {}: {contradiction}", promise.media_type)));
        }
        let sha256 = passed.sha256();
        if promise.sha256.is_some_and(|promised| promised != sha256) {
            return Err(wrong(format!("its SHA-256 is {sha256}, not the promised one")));
        }
        Ok(VerifiedFile {
            role: promise.role.clone(),
            media_type: promise.media_type.clone(),
            size: promise.size,
            sha256,
        })
    }
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

fn unreached(error: &spin_outbound::Error) -> Outcome {
    match error {
        spin_outbound::Error::Denied(_) => Outcome::permanent("outbound-denied", error.to_string()),
        _ => Outcome::unavailable(
            "unreachable",
            format!("The review service's files could not be fetched: {error}."),
            None,
        ),
    }
}

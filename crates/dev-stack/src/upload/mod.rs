//! Uploads that survive a bad network: in parts, several at once, and going on from what the bucket has.
//!
//! The bucket is asked which parts it has, so nothing about an upload is kept on this side: a program that was ended goes
//! on where it was, and so does another one, on another machine. A part that the bucket has is believed when its MD5 is
//! that of the file's. Every request is signed just before it is made, so nothing is too old however long the machine
//! slept. A connection on which nothing moves is given up, and what failed is tried again with growing pauses for as long as
//! the [patience](Options::patience) lasts; every part that arrives renews it.

mod part;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::State;
use api::signing::{Method, SignRequest, Signed};
use api::submissions::Document;
use bucket::{StoredPart, StoredParts};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use portfolio::{Parts, SubmissionId};
use reqwest::StatusCode;

use crate::client::{Client, Error};
use part::{Local, Patience, tag_of};

/// How an upload is done.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many parts are on their way at once; at least 1.
    pub parallel: usize,
    /// For how long it is tried to get anything through before the upload is given up.
    pub patience: Duration,
    /// After how long a connection on which nothing moves is given up.
    pub stalled: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            parallel: 4,
            patience: Duration::from_mins(30),
            stalled: Duration::from_secs(30),
        }
    }
}

/// What becomes known while an upload is under way. All are bytes.
pub trait Progress: Send + Sync {
    /// The bucket had these already.
    fn had(&self, bytes: u64);
    /// These are on their way.
    fn sent(&self, bytes: u64);
    /// These were on their way and did not arrive.
    fn lost(&self, bytes: u64);
}

/// What an upload took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// How many bytes the bucket had when the upload began.
    pub had: u64,
    /// How many bytes were sent for the first time and arrived.
    pub sent: u64,
    /// How many requests with a part, or the whole, of the file had to be made again.
    pub repeated: u64,
}

/// Uploads the file of one document, and returns when the bucket has it whole.
pub async fn upload(
    client: &Client,
    submission: SubmissionId,
    document: &Document,
    path: &Path,
    options: Options,
    progress: Arc<dyn Progress>,
) -> Result<Report, Error> {
    let upload = Upload {
        client,
        submission,
        document,
        local: Local::new(path, document.size),
        options,
        progress,
        patience: Patience::new(options.patience),
    };
    match upload.run().await {
        // The answer to the last request was lost, or somebody else was faster: what counts is what became of it.
        Err(error) if error.status() == Some(StatusCode::CONFLICT) => upload.unless_arrived(error).await,
        other => other,
    }
}

struct Upload<'a> {
    client: &'a Client,
    submission: SubmissionId,
    document: &'a Document,
    local: Local,
    options: Options,
    progress: Arc<dyn Progress>,
    patience: Patience,
}

impl Upload<'_> {
    async fn run(&self) -> Result<Report, Error> {
        let parts = Parts::of(self.document.size);
        let begun = self
            .document
            .upload
            .as_ref()
            .and_then(|upload| upload.upload_id.clone());
        match begun {
            Some(upload_id) => match self.in_parts(parts, upload_id).await {
                // The bucket has thrown the parts away: they were too old.
                Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {
                    let upload_id = self.begin().await?;
                    self.in_parts(parts, upload_id).await
                }
                other => other,
            },
            None if parts.count() == 1 => self.whole().await,
            None => {
                let upload_id = self.begin().await?;
                self.in_parts(parts, upload_id).await
            }
        }
    }

    async fn whole(&self) -> Result<Report, Error> {
        let bytes = self.local.read(0, self.document.size).await?;
        let repeated = self.put(request(Method::Put, None, None), bytes).await?.1;
        Ok(Report {
            had: 0,
            sent: self.document.size,
            repeated,
        })
    }

    async fn begin(&self) -> Result<String, Error> {
        let answer = self.make(request(Method::Post, None, None), String::new()).await?;
        bucket::read_upload_id(&answer).map_err(Error::Bucket)
    }

    async fn in_parts(&self, parts: Parts, upload_id: String) -> Result<Report, Error> {
        let stored = self
            .make(request(Method::Get, Some(&upload_id), None), String::new())
            .await?;
        let stored = StoredParts::parse(stored.as_bytes()).map_err(Error::Bucket)?.parts;
        let numbers = 1..=parts.count();
        let outcomes: Vec<Outcome> = stream::iter(numbers)
            .map(|number| self.part(parts, &upload_id, number, &stored))
            .buffered(self.options.parallel.max(1))
            .try_collect()
            .await?;

        let mut report = Report::default();
        for outcome in &outcomes {
            if outcome.had {
                report.had += outcome.size;
            } else {
                report.sent += outcome.size;
            }
            report.repeated += outcome.repeated;
        }
        let tags: Vec<String> = outcomes.iter().map(|outcome| outcome.etag.clone()).collect();
        let answer = self
            .make(request(Method::Post, Some(&upload_id), None), bucket::completion(&tags))
            .await?;
        bucket::read_completion(&answer).map_err(Error::Bucket)?;
        Ok(report)
    }

    /// Sends a part, unless the bucket has it already.
    async fn part(&self, parts: Parts, upload_id: &str, number: u64, stored: &[StoredPart]) -> Result<Outcome, Error> {
        let (Some(offset), Some(size)) = (parts.offset(number), parts.length(number)) else {
            return Err(Error::Upload("part"));
        };
        let bytes = self.local.read(offset, size).await?;
        let there = stored.iter().find(|part| u64::from(part.number) == number);
        if let Some(there) = there
            && there.size == size
            && tag_of(bytes.clone()).await? == plain(&there.etag)
        {
            self.progress.had(size);
            return Ok(Outcome {
                etag: there.etag.clone(),
                size,
                had: true,
                repeated: 0,
            });
        }
        let (etag, repeated) = self
            .put(request(Method::Put, Some(upload_id), Some(number)), bytes)
            .await?;
        Ok(Outcome {
            etag,
            size,
            had: false,
            repeated,
        })
    }

    /// If the file has arrived, that is what counts, whatever was answered.
    async fn unless_arrived(&self, error: Error) -> Result<Report, Error> {
        let found = self.client.submission(self.submission, None).await?;
        let documents = found.map(|(submission, _)| submission.documents).unwrap_or_default();
        let document = documents.into_iter().find(|document| document.id == self.document.id);
        match document {
            Some(document) if !matches!(document.state, State::AwaitingUpload | State::Failed) => Ok(Report {
                had: document.size,
                ..Report::default()
            }),
            _ => Err(error),
        }
    }

    async fn sign(&self, request: &SignRequest) -> Result<Signed, Error> {
        self.client.sign(self.submission, self.document.id, request).await
    }
}

/// What became of a part.
struct Outcome {
    etag: String,
    size: u64,
    had: bool,
    repeated: u64,
}

fn request(method: Method, upload_id: Option<&str>, part_number: Option<u64>) -> SignRequest {
    SignRequest {
        method,
        upload_id: upload_id.map(ToOwned::to_owned),
        part_number,
        key: None,
    }
}

fn plain(etag: &str) -> &str {
    etag.trim_matches('"')
}

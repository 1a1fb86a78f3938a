//! Uploads that survive a bad network: in parts, several at once, and going on from what the bucket has.
//!
//! The bucket is asked which parts it has, so nothing about an upload is kept on this side: a program that was ended goes
//! on where it was, and so does another one, on another machine. A part that the bucket has is believed when its checksum, or its
//! entity tag, is that of the file's. The bucket is told the checksum of each part, and takes no other bytes; where it knows no
//! checksums, entity tags are compared. The SHA-256 of the whole is computed while it is read, and told at the end. Every request is
//! signed just before it is made, so nothing is too old however long the machine slept. A connection on which nothing moves is
//! given up, and what failed is tried again with growing pauses for as long as the [patience](Options::patience) lasts; every
//! part that arrives renews it.

mod file;
mod part;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::State;
use api::checksum::ChecksumAlgorithm;
use api::signing::{Method, SignRequest, Signed};
use api::submissions::Document;
use bucket::{StoredPart, StoredParts};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use portfolio::{Parts, Sha256, SubmissionId};
use reqwest::StatusCode;
use tokio::sync::mpsc;

use crate::client::{Client, Error};
use file::{LocalFile, ReadPart};
use part::{Check, Patience, tag_of};

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
    /// The SHA-256 of what was uploaded, where it was computed meanwhile: of what went in parts.
    pub sha256: Option<Sha256>,
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
        file: LocalFile::new(path, document.size),
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
    file: LocalFile,
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
        let (part, mut read) = mpsc::channel(1);
        self.file.read(Parts::of(self.document.size), part).await?;
        let part = read.recv().await.ok_or(Error::Upload("part"))?;
        // A digest that was announced is signed.
        let check = match self.document.sha256 {
            Some(_) => Check::ByBucket,
            None => Check::ByEntityTag,
        };
        let request = request(Method::Put, None, None);
        let (_etag, repeated) = self.put(request, &part.bytes, check).await?;
        Ok(Report {
            sent: self.document.size,
            repeated,
            ..Report::default()
        })
    }

    async fn begin(&self) -> Result<String, Error> {
        let begin = request(Method::Post, None, None);
        let with_checksums = SignRequest {
            checksum_algorithm: Some(ChecksumAlgorithm::Crc64Nvme),
            ..begin.clone()
        };
        let answer = match self.make(with_checksums, String::new()).await {
            // A store that does not know them.
            Err(error)
                if matches!(
                    error.status(),
                    Some(StatusCode::BAD_REQUEST | StatusCode::NOT_IMPLEMENTED)
                ) =>
            {
                self.make(begin, String::new()).await
            }
            other => other,
        };
        bucket::read_upload_id(&answer?).map_err(Error::Bucket)
    }

    async fn in_parts(&self, parts: Parts, upload_id: String) -> Result<Report, Error> {
        let stored = self
            .make(request(Method::Get, Some(&upload_id), None), String::new())
            .await?;
        let stored = StoredParts::parse(stored.as_bytes()).map_err(Error::Bucket)?;
        // The next two parts are read and wait while others are on their way.
        let (part, mut read) = mpsc::channel(2);
        let sending = stream::poll_fn(|context| read.poll_recv(context))
            .map(|part| self.part(part, &upload_id, &stored))
            .buffered(self.options.parallel.max(1))
            .try_collect::<Vec<Outcome>>();
        let (sha256, outcomes) = tokio::try_join!(self.file.read(parts, part), sending)?;

        let mut report = Report {
            sha256: Some(sha256),
            ..Report::default()
        };
        for outcome in &outcomes {
            if outcome.had {
                report.had += outcome.size;
            } else {
                report.sent += outcome.size;
            }
            report.repeated += outcome.repeated;
        }
        let tags: Vec<String> = outcomes.iter().map(|outcome| outcome.etag.clone()).collect();
        let complete = SignRequest {
            sha256: Some(sha256),
            ..request(Method::Post, Some(&upload_id), None)
        };
        let answer = self.make(complete, bucket::completion(&tags)).await?;
        bucket::read_completion(&answer).map_err(Error::Bucket)?;
        Ok(report)
    }

    /// Sends a part, unless the bucket has it already.
    async fn part(&self, part: ReadPart, upload_id: &str, stored: &StoredParts) -> Result<Outcome, Error> {
        let size = part.bytes.len() as u64;
        let there = stored.parts.iter().find(|there| u64::from(there.number) == part.number);
        let outcome = if let Some(there) = there
            && there.size == size
            && is_of(there, &part).await?
        {
            self.progress.had(size);
            Outcome {
                etag: there.etag.clone(),
                size,
                had: true,
                repeated: 0,
            }
        } else {
            let mut request = request(Method::Put, Some(upload_id), Some(part.number));
            let mut check = Check::ByEntityTag;
            if stored.has_checksums {
                request.checksum_crc64nvme = Some(part.checksum);
                check = Check::ByBucket;
            }
            let (etag, repeated) = self.put(request, &part.bytes, check).await?;
            Outcome {
                etag,
                size,
                had: false,
                repeated,
            }
        };
        self.file.recycle(part.bytes);
        Ok(outcome)
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

/// Whether the bucket has this part. Not every part of an upload with checksums has one: other clients send parts, too.
async fn is_of(there: &StoredPart, part: &ReadPart) -> Result<bool, Error> {
    match there.crc64nvme {
        Some(checksum) => Ok(*part.checksum.as_bytes() == checksum),
        None => Ok(tag_of(part.bytes.clone()).await? == plain(&there.etag)),
    }
}

fn request(method: Method, upload_id: Option<&str>, part_number: Option<u64>) -> SignRequest {
    SignRequest {
        method,
        upload_id: upload_id.map(ToOwned::to_owned),
        part_number,
        key: None,
        checksum_algorithm: None,
        checksum_crc64nvme: None,
        sha256: None,
    }
}

fn plain(etag: &str) -> &str {
    etag.trim_matches('"')
}

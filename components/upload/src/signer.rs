//! The key to the bucket at work: what a client may do, turned into an address.

use std::collections::BTreeMap;
use std::time::Duration;

use api::Problem;
use api::signing::{Method, Operation, Signed};
use api::submissions::Upload;
use bucket::{Bucket, Multipart, Part};
use jiff::Timestamp;
use ledger::DocumentRecord;
use portfolio::{Facts, Parts, limits};
use spin_bucket::Audience;
use url::Url;

use crate::view::{facts, key};

/// How long a request may wait before it begins. One that has begun may take as long as it needs: the bucket checks the
/// time when the request arrives.
const LIFETIME: Duration = Duration::from_mins(15);

/// Signs requests to the bucket, as clients reach it.
pub(crate) struct Signer {
    bucket: Bucket,
}

impl Signer {
    pub(crate) async fn open() -> Result<Self, Problem> {
        let bucket = spin_bucket::signer(Audience::Client)
            .await
            .map_err(spin_edge::bucket_failed)?;
        Ok(Self { bucket })
    }

    /// How to upload a document.
    pub(crate) fn upload(&self, record: &DocumentRecord, finish_by: Timestamp) -> Result<Upload, Problem> {
        let facts = facts(record)?;
        let parts = Parts::of(facts.size);
        let now = Timestamp::now();
        let key = key(record)?;
        // Nothing has to be said with this address that a program would not say by itself, so `curl -T FILE ADDRESS` is enough.
        // Whoever does say of what type the file is must say the right one: intake looks.
        let whole = bucket::Upload {
            media_type: None,
            ..whole(&facts)
        };
        let url = (facts.size <= limits::SINGLE_PUT)
            .then(|| self.bucket.presign_put(&key, whole, &now, LIFETIME))
            .transpose()
            .map_err(refused)?;
        Ok(Upload {
            key,
            part_size: parts.part_size(),
            parts: parts.count(),
            upload_id: facts.upload_id.clone(),
            finish_by,
            method: "PUT".to_owned(),
            url: url.map(Into::into),
            headers: to_be_sent(whole.headers()),
            expires_at: now + LIFETIME,
        })
    }

    /// One request of an upload.
    pub(crate) fn sign(
        &self,
        record: &DocumentRecord,
        facts: &Facts,
        operation: &Operation,
    ) -> Result<Signed, Problem> {
        let now = Timestamp::now();
        let key = key(record)?;
        let mut headers = Vec::new();
        let mut body = None;
        let (method, url): (Method, Result<Url, bucket::Error>) = match operation {
            Operation::Put => {
                let whole = whole(facts);
                headers = whole.headers();
                body = Some(facts.size);
                (Method::Put, self.bucket.presign_put(&key, whole, &now, LIFETIME))
            }
            Operation::Create { checksums } => {
                let upload = Multipart {
                    has_checksums: checksums.is_some(),
                    ..Multipart::new(facts.media_type.as_str())
                };
                headers = upload.headers();
                (
                    Method::Post,
                    self.bucket.presign_create_multipart(&key, upload, &now, LIFETIME),
                )
            }
            Operation::Part {
                upload_id,
                number,
                size,
                checksum,
            } => {
                let part = Part {
                    crc64nvme: checksum.map(|checksum| *checksum.as_bytes()),
                    ..Part::new(*number, *size)
                };
                headers = part.headers();
                body = Some(*size);
                (
                    Method::Put,
                    self.bucket.presign_part(&key, upload_id, part, &now, LIFETIME),
                )
            }
            Operation::List { upload_id } => {
                let url = self.bucket.presign_list_parts(&key, upload_id, None, &now, LIFETIME);
                (Method::Get, url)
            }
            Operation::Complete { upload_id, .. } => {
                let url = self.bucket.presign_complete_multipart(&key, upload_id, &now, LIFETIME);
                (Method::Post, url)
            }
            Operation::Abort { upload_id } => {
                let url = self.bucket.presign_abort_multipart(&key, upload_id, &now, LIFETIME);
                (Method::Delete, url)
            }
        };
        Ok(Signed {
            method,
            url: url.map_err(refused)?.into(),
            key,
            headers: to_be_sent(headers),
            size: body,
            expires_at: now + LIFETIME,
        })
    }
}

/// What a client must say itself: how long the body is, all of them say anyway, and scripts in a browser may not.
fn to_be_sent(headers: Vec<(&str, String)>) -> BTreeMap<String, String> {
    let sent = headers.into_iter().filter(|(name, _)| *name != "content-length");
    sent.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A whole document as it must arrive: its size, its media type and, where it was declared, its digest are signed, so
/// that the bucket takes nothing else.
fn whole(facts: &Facts) -> bucket::Upload<'_> {
    bucket::Upload {
        sha256: facts.sha256.map(|sha256| *sha256.as_bytes()),
        ..bucket::Upload::new(facts.media_type.as_str(), facts.size)
    }
}

/// The upload's id is all in a request that its sender chose.
fn refused(error: bucket::Error) -> Problem {
    match error {
        bucket::Error::UploadId => Problem::invalid_member("/uploadId", "The bucket gives no such id to an upload."),
        other => Problem::internal(other),
    }
}

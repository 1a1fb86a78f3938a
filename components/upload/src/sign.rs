//! Requests to the bucket, signed for a teacher's client: one document, one request, some minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use api::Problem;
use api::signing::{Method, Operation, SignRequest, Signed};
use api::submissions::{State, Upload};
use bucket::{Bucket, Multipart, Part};
use http::StatusCode;
use jiff::Timestamp;
use ledger::{Advance, Advanced, DocumentRecord};
use portfolio::{Facts, Parts, Sha256, limits};
use spin_bucket::Audience;
use spin_edge::{Reply, audit, json, ledger_failed, read_json_bytes};
use spin_sdk::http::Request;
use url::Url;

use crate::manifest;
use crate::teacher::Teacher;
use crate::view::{facts, key};

/// How long a request may wait before it begins. One that has begun may take as long as it needs: the bucket checks the
/// time when the request arrives.
const LIFETIME: Duration = Duration::from_mins(15);

/// The most bytes that a request for a signature needs.
const LARGEST_REQUEST: usize = 16 * 1024;

/// Signs one request of an upload. Whether the caller may still upload the document was found out just before.
pub(crate) async fn one_request(
    teacher: &Teacher,
    request: Request,
    submission: &str,
    document: &str,
) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, LARGEST_REQUEST).await?;
    let record = teacher.own_document(submission, document).await?;
    let asked: SignRequest = serde_json::from_slice(&body).map_err(Problem::invalid_json)?;
    let facts = facts(&record)?;
    let operation = asked.operation(&key(&record)?, facts.size)?;
    // What has arrived may be thrown away at any time: a client that was too late tidies up behind itself.
    if !matches!(operation, Operation::Abort { .. }) {
        still_awaited(&record)?;
    }
    if let Operation::Part { upload_id, .. } = &operation
        && facts.upload_id.as_ref() != Some(upload_id)
    {
        begun(teacher, &record, upload_id).await?;
    }
    if let Operation::Complete {
        sha256: Some(sha256), ..
    } = &operation
        && facts.sha256.as_ref() != Some(sha256)
    {
        announced(teacher, &record, *sha256).await?;
    }
    audit("upload-signed", &teacher.permit.caller)
        .submission(&record.submission)
        .document(&record.id)
        .code("operation", operation.name())
        .write();
    json(StatusCode::OK, &teacher.signer.sign(&record, &facts, &operation)?)
}

/// Signs the upload of a whole document once more.
pub(crate) async fn whole_again(teacher: &Teacher, submission: &str, document: &str) -> Result<Reply, Problem> {
    let record = teacher.own_document(submission, document).await?;
    still_awaited(&record)?;
    let upload = teacher.signer.upload(&record, teacher.finish_by(&record)?)?;
    audit("upload-signed", &teacher.permit.caller)
        .submission(&record.submission)
        .document(&record.id)
        .code("operation", Operation::Put.name())
        .write();
    json(StatusCode::OK, &upload)
}

fn still_awaited(record: &DocumentRecord) -> Result<(), Problem> {
    match record.state {
        State::AwaitingUpload => Ok(()),
        State::Failed => Err(Problem::wrong_state(
            "The document failed; put another file in its place.",
        )),
        _ => Err(Problem::wrong_state(
            "The file has arrived already; it cannot be replaced.",
        )),
    }
}

/// Remembers which upload the client works on: so its teacher sees how much has arrived, and any client can go on with it.
async fn begun(teacher: &Teacher, record: &DocumentRecord, upload_id: &str) -> Result<(), Problem> {
    learn(teacher, record, "upload-begun", ("upload_id", upload_id.into())).await
}

/// Remembers the digest of a document whose client could tell it only now: before the parts are put together, so that whoever
/// looks at the object knows what it must be. The manifest has it as well, or nobody would know it after all was built anew.
async fn announced(teacher: &Teacher, record: &DocumentRecord, sha256: Sha256) -> Result<(), Problem> {
    learn(
        teacher,
        record,
        "checksum-announced",
        ("sha256", sha256.to_string().into()),
    )
    .await?;
    manifest::keep(&teacher.own(&record.submission).await?).await
}

/// Adds a fact to what is known about a document that is awaited.
async fn learn(
    teacher: &Teacher,
    record: &DocumentRecord,
    event: &'static str,
    (name, value): (&str, serde_json::Value),
) -> Result<(), Problem> {
    let advance = Advance {
        from: vec![State::AwaitingUpload],
        to: State::AwaitingUpload,
        event,
        by: None,
        detail: None,
        enqueue: None,
        failure: None,
        facts_patch: Some(ledger::Facts::from_iter([(name.to_owned(), value)])),
    };
    let call = teacher.client.ledger().advance(&record.id, &advance);
    match teacher.client.run(call).await.map_err(ledger_failed)? {
        Advanced::Moved => Ok(()),
        Advanced::Already(_) => Err(Problem::wrong_state("The document is not awaited any more.")),
        Advanced::Unknown => Err(Problem::not_found()),
    }
}

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

    fn sign(&self, record: &DocumentRecord, facts: &Facts, operation: &Operation) -> Result<Signed, Problem> {
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

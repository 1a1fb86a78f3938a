//! Presigned uploads: one document, one request, some minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use api::Problem;
use api::submissions::Upload;
use bucket::Bucket;
use jiff::Timestamp;
use ledger::DocumentRecord;
use portfolio::{DocumentId, Facts, keys};
use spin_bucket::Audience;

/// How long an upload may wait before it begins. One that has begun may take as long as it needs: the bucket checks the
/// time when the request arrives.
const LIFETIME: Duration = Duration::from_mins(15);

/// Signs uploads into the bucket, as clients reach it.
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

    /// How to upload a document. Its size and its media type are signed, so the bucket takes nothing else.
    pub(crate) fn upload(&self, record: &DocumentRecord) -> Result<Upload, Problem> {
        let facts = facts(record)?;
        let document: DocumentId = record.id.parse().map_err(Problem::internal)?;
        let now = Timestamp::now();
        let upload = bucket::Upload {
            media_type: facts.media_type.as_str(),
            size: facts.size,
        };
        let key = keys::original(&facts.submission, &document);
        let url = self
            .bucket
            .presign_put(&key, upload, &now, LIFETIME)
            .map_err(Problem::internal)?;
        Ok(Upload {
            method: "PUT".to_owned(),
            url: url.into(),
            headers: BTreeMap::from([
                ("content-type".to_owned(), upload.media_type.to_owned()),
                ("content-length".to_owned(), upload.size.to_string()),
            ]),
            expires_at: now + LIFETIME,
        })
    }
}

/// What the ledger knows about a document.
pub(crate) fn facts(record: &DocumentRecord) -> Result<Facts, Problem> {
    serde_json::from_value(serde_json::Value::Object(record.facts.clone())).map_err(Problem::internal)
}

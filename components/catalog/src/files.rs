//! Links to a document's files.

use std::time::Duration;

use api::Problem;
use bucket::{Download, attachment};
use canonical_document::File;
use catalog_database::Content;
use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use jiff::Timestamp;
use portfolio::{DocumentId, Role, SubmissionId, keys};
use serde::Deserialize;
use spin_bucket::Audience;
use spin_edge::{Reply, bucket_failed, empty, set};

/// How long a link is good for: long enough to start a download or to seek in a video for the length of a lesson.
const LIFETIME: Duration = Duration::from_hours(2);

/// What every version of the canonical document says about its files.
#[derive(Deserialize)]
struct Files {
    submission: SubmissionId,
    files: Vec<File>,
}

/// Sends the evaluator to the bucket for one file of a document: `source` is the original, other roles are those of the
/// files that came back or were made of them.
pub(crate) async fn redirect(id: DocumentId, content: &Content, role: &str) -> Result<Reply, Problem> {
    let role: Role = role.parse().map_err(|_| Problem::not_found())?;
    let document: Files = serde_json::from_str(&content.body).map_err(Problem::internal)?;
    let (key, media_type, name) = if role.is_source() {
        (
            keys::original(&document.submission, &id),
            content.media_type.clone(),
            content.name.clone(),
        )
    } else {
        let file = document
            .files
            .iter()
            .find(|file| file.role == role)
            .ok_or_else(Problem::not_found)?;
        let key = if file.derived { keys::derived } else { keys::returned };
        (
            key(&document.submission, &id, &role),
            file.media_type.clone(),
            format!("{} ({role})", content.name),
        )
    };
    // Always an attachment: whatever is in a file, the browser does not show it as a page of the bucket's origin. A
    // video element plays it all the same.
    let disposition = attachment(&name);
    let download = Download {
        media_type: Some(&media_type),
        disposition: Some(&disposition),
    };
    let bucket = spin_bucket::signer(Audience::Client).await.map_err(bucket_failed)?;
    let url = bucket
        .presign_get(&key, download, &Timestamp::now(), LIFETIME)
        .map_err(Problem::internal)?;
    let mut reply = empty(StatusCode::TEMPORARY_REDIRECT);
    set(&mut reply, LOCATION, url.as_str())?;
    set(&mut reply, CACHE_CONTROL, "no-store")?;
    Ok(reply)
}

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
use spin_bucket::{Audience, Client};
use spin_edge::{Reply, bucket_failed, empty, set};

/// How long a link is good for: long enough to start a download or to seek in a video for the length of a lesson.
const LIFETIME: Duration = Duration::from_hours(2);

/// What every version of the canonical document says about its files.
#[derive(Deserialize)]
struct Canonical {
    submission: SubmissionId,
    source: Original,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Original {
    entity_tag: Option<String>,
}

/// Sends the evaluator to the bucket for one file of a document: `source` is the original, other roles are those of the
/// files that came back or were made of them.
pub(crate) async fn redirect(id: DocumentId, content: &Content, role: &str) -> Result<Reply, Problem> {
    let role: Role = role.parse().map_err(|_| Problem::not_found())?;
    let document: Canonical = serde_json::from_str(&content.body).map_err(Problem::internal)?;
    let (key, media_type, name) = if role.is_source() {
        let key = keys::original(&document.submission, &id);
        is_the_reviewed(&key, document.source.entity_tag.as_deref()).await?;
        (key, content.media_type.clone(), content.name.clone())
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

/// Whether the bucket still has the file that was reviewed. A request that was signed before a file was accepted may arrive when the
/// document is ready, and put other bytes under its key: nobody is to take them for what was reviewed. Documents that were made
/// before the tag was written down are not looked at.
async fn is_the_reviewed(key: &str, entity_tag: Option<&str>) -> Result<(), Problem> {
    let Some(reviewed) = entity_tag else {
        return Ok(());
    };
    let client = Client::open().await.map_err(bucket_failed)?;
    let found = client.head(key).await.map_err(bucket_failed)?;
    let found = found.ok_or_else(Problem::not_found)?;
    if found.etag.as_deref() == Some(reviewed) {
        Ok(())
    } else {
        Err(Problem::wrong_state(
            "This is not the file that was reviewed: another one was put in its place afterwards. Ask its teacher to hand it in again.",
        ))
    }
}

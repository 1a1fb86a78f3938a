//! Multipart uploads, one request at a time
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).
//!
//! The upload's id comes from the bucket's answer to its creation, by way of a client; a client may have made it up.
//! That gives it nothing: the object's key is signed beside it, and the bucket knows no other upload of this key.

use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::{
    AbortMultipartUpload, CompleteMultipartUpload, CompleteMultipartUploadResponse, CreateMultipartUpload, ListParts,
    PartsContent, S3Action as _, UploadPart,
};
use url::Url;

use crate::{Bucket, Error, Unreadable, checked};

/// The longest id of an upload that is believed, in bytes. S3's own have about 130.
const LONGEST_UPLOAD_ID: usize = 1024;

/// A part that is about to be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1 to 10,000.
    pub number: u16,
    /// The value of `Content-Length`, in bytes: signed, so that the bucket takes nothing else.
    pub size: u64,
}

/// A part that the bucket has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// Its number, from 1.
    pub number: u16,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag, as the bucket wrote it.
    pub etag: String,
}

/// What the bucket answers when it is asked for the parts of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredParts {
    /// The parts, in the order of their numbers.
    pub parts: Vec<StoredPart>,
    /// After which part the next answer would go on; `None` if this is all.
    pub next: Option<u16>,
}

impl Bucket {
    /// A URL to `POST` that begins a multipart upload of an object of a given type.
    pub fn presign_create_multipart(
        &self,
        key: &str,
        media_type: &str,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        let mut action = CreateMultipartUpload::new(&self.bucket, Some(&self.credentials), key);
        action.headers_mut().insert("content-type", media_type.to_owned());
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `PUT` one part of a given length.
    pub fn presign_part(
        &self,
        key: &str,
        upload_id: &str,
        part: Part,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked_upload(key, upload_id, lifetime)?;
        let mut action = UploadPart::new(&self.bucket, Some(&self.credentials), key, part.number, upload_id);
        action.headers_mut().insert("content-length", part.size.to_string());
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `GET` the list of the parts that the bucket has, at most 1,000 of them, from the one after `after` on.
    pub fn presign_list_parts(
        &self,
        key: &str,
        upload_id: &str,
        after: Option<u16>,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked_upload(key, upload_id, lifetime)?;
        let mut action = ListParts::new(&self.bucket, Some(&self.credentials), key, upload_id);
        if let Some(after) = after {
            action.set_part_number_marker(after);
        }
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `POST` the list of parts that makes them one object.
    pub fn presign_complete_multipart(
        &self,
        key: &str,
        upload_id: &str,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked_upload(key, upload_id, lifetime)?;
        let parts = std::iter::empty();
        let action = CompleteMultipartUpload::new(&self.bucket, Some(&self.credentials), key, upload_id, parts);
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `DELETE` an upload with all of its parts.
    pub fn presign_abort_multipart(
        &self,
        key: &str,
        upload_id: &str,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked_upload(key, upload_id, lifetime)?;
        let action = AbortMultipartUpload::new(&self.bucket, Some(&self.credentials), key, upload_id);
        Ok(action.sign_with_time(lifetime, now))
    }
}

impl StoredParts {
    /// Reads the bucket's answer to [`Bucket::presign_list_parts`].
    pub fn parse(answer: &[u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(answer).map_err(|error| Unreadable(error.to_string()))?;
        let answer = ListParts::parse_response(text).map_err(|error| Unreadable(error.to_string()))?;
        let part = |part: PartsContent| StoredPart {
            number: part.number,
            size: part.size,
            etag: part.etag,
        };
        Ok(Self {
            next: answer.next_part_number_marker,
            parts: answer.parts.into_iter().map(part).collect(),
        })
    }
}

/// Reads the upload's id out of the bucket's answer to [`Bucket::presign_create_multipart`].
pub fn read_upload_id(answer: &str) -> Result<String, Unreadable> {
    CreateMultipartUpload::parse_response(answer)
        .map(|answer| answer.upload_id().to_owned())
        .map_err(|error| Unreadable(error.to_string()))
}

/// The body of the request that completes an upload of these parts, which are numbered from 1 in this order.
pub fn completion(etags: &[String]) -> String {
    // The body depends on the tags alone; the library hangs it on a request.
    let endpoint = Url::parse("http://bucket.invalid").ok();
    let bucket = endpoint.and_then(|endpoint| rusty_s3::Bucket::new(endpoint, rusty_s3::UrlStyle::Path, "b", "r").ok());
    bucket.map_or_else(String::new, |bucket| {
        CompleteMultipartUpload::new(&bucket, None, "k", "u", etags.iter().map(String::as_str)).body()
    })
}

/// Reads the object's entity tag out of the bucket's answer to [`Bucket::presign_complete_multipart`]. S3 may answer with
/// the status 200 and say in the body that it failed all the same.
pub fn read_completion(answer: &str) -> Result<String, Unreadable> {
    CompleteMultipartUploadResponse::parse(answer)
        .map(|answer| answer.etag().to_owned())
        .map_err(|error| Unreadable(error.to_string()))
}

/// What every request about an upload that was begun must satisfy.
fn checked_upload(key: &str, upload_id: &str, lifetime: Duration) -> Result<Duration, Error> {
    let usable =
        (1..=LONGEST_UPLOAD_ID).contains(&upload_id.len()) && upload_id.bytes().all(|byte| byte.is_ascii_graphic());
    if usable {
        checked(key, lifetime)
    } else {
        Err(Error::UploadId)
    }
}

//! Multipart uploads, one request at a time
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).
//!
//! The upload's id comes from the bucket's answer to its creation, by way of a client; a client may have made it up.
//! That gives it nothing: the object's key is signed beside it, and the bucket knows no other upload of this key.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use instant_xml::FromXml;
use jiff::Timestamp;
use rusty_s3::actions::{
    AbortMultipartUpload, CompleteMultipartUpload, CompleteMultipartUploadResponse, CreateMultipartUpload, ListParts,
    S3Action as _, UploadPart,
};
use url::Url;

use crate::{Bucket, Error, NAMESPACE, Unreadable, checked};

/// The longest id of an upload that is believed, in bytes. S3's own have about 130.
const LONGEST_UPLOAD_ID: usize = 1024;

/// S3's name of the kind of checksum that parts may have here: CRC-64/NVME, which every processor of today computes as fast as it
/// reads.
const CRC64NVME: &str = "CRC64NVME";

/// An upload in parts that is about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multipart<'a> {
    /// The value of `Content-Type`: that of the object.
    pub media_type: &'a str,
    /// Whether the parts will have checksums. Stores that do not know them refuse it, or say nothing of it in their
    /// [list](StoredParts::has_checksums).
    pub has_checksums: bool,
}

impl<'a> Multipart<'a> {
    /// An upload whose parts have no checksums but their entity tags.
    pub const fn new(media_type: &'a str) -> Self {
        Self {
            media_type,
            has_checksums: false,
        }
    }

    /// The header fields that must be sent with it, exactly like this.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-type", self.media_type.to_owned())];
        if self.has_checksums {
            headers.push(("x-amz-checksum-algorithm", CRC64NVME.to_owned()));
        }
        headers
    }
}

/// A part that is about to be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1 to 10,000.
    pub number: u16,
    /// The value of `Content-Length`, in bytes: signed, so that the bucket takes nothing else.
    pub size: u64,
    /// Its checksum of the kind CRC-64/NVME, most significant byte first, where the upload was begun with checksums: signed, so
    /// that the bucket takes no other bytes.
    pub crc64nvme: Option<[u8; 8]>,
}

impl Part {
    /// A part with whatever content has this size.
    pub const fn new(number: u16, size: u64) -> Self {
        Self {
            number,
            size,
            crc64nvme: None,
        }
    }

    /// The header fields that must be sent with it, exactly like this.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-length", self.size.to_string())];
        if let Some(checksum) = self.crc64nvme {
            headers.push(("x-amz-checksum-crc64nvme", BASE64_STANDARD.encode(checksum)));
        }
        headers
    }
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
    /// Its checksum of the kind CRC-64/NVME, most significant byte first, if the bucket has it.
    pub crc64nvme: Option<[u8; 8]>,
}

/// What the bucket answers when it is asked for the parts of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredParts {
    /// The parts, in the order of their numbers.
    pub parts: Vec<StoredPart>,
    /// After which part the next answer would go on; `None` if this is all.
    pub next: Option<u16>,
    /// Whether the upload was begun with checksums of the kind CRC-64/NVME, so that parts may have them.
    pub has_checksums: bool,
}

// `rusty-s3` reads the same, but no checksums.
#[derive(FromXml)]
#[xml(rename = "ListPartsResult", ns(NAMESPACE))]
struct Answer {
    parts: Vec<AnswerPart>,
    #[xml(rename = "IsTruncated")]
    is_truncated: bool,
    #[xml(rename = "NextPartNumberMarker")]
    next: Option<u16>,
    #[xml(rename = "ChecksumAlgorithm")]
    checksum_algorithm: Option<String>,
}

#[derive(FromXml)]
#[xml(rename = "Part", ns(NAMESPACE))]
struct AnswerPart {
    #[xml(rename = "PartNumber")]
    number: u16,
    #[xml(rename = "ETag")]
    etag: String,
    #[xml(rename = "Size")]
    size: u64,
    #[xml(rename = "ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
}

impl Bucket {
    /// A URL to `POST` that begins a multipart upload.
    pub fn presign_create_multipart(
        &self,
        key: &str,
        upload: Multipart<'_>,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        let mut action = CreateMultipartUpload::new(&self.bucket, Some(&self.credentials), key);
        for (name, value) in upload.headers() {
            action.headers_mut().insert(name, value);
        }
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
        for (name, value) in part.headers() {
            action.headers_mut().insert(name, value);
        }
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
        let answer: Answer = instant_xml::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let next = answer.next.filter(|_| answer.is_truncated);
        // Parts are numbered from 1: to go on from 0 would be to begin again.
        if answer.is_truncated && next.is_none_or(|next| next == 0) {
            return Err(Unreadable("a list that goes on does not say where".to_owned()));
        }
        let checksum = |text: String| BASE64_STANDARD.decode(text).ok()?.try_into().ok();
        let part = |part: AnswerPart| StoredPart {
            number: part.number,
            size: part.size,
            etag: part.etag,
            crc64nvme: part.crc64nvme.and_then(checksum),
        };
        Ok(Self {
            next,
            has_checksums: answer.checksum_algorithm.as_deref() == Some(CRC64NVME),
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

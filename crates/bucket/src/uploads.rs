//! Which multipart uploads of an object are not finished
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>).

use std::time::Duration;

use instant_xml::FromXml;
use jiff::Timestamp;
use rusty_s3::{Method, signing};
use url::Url;

use crate::{Bucket, Error, NAMESPACE, Unreadable, checked};

/// The uploads that the bucket knows of, at most 1,000 of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploads {
    /// The ids of those of the object that was asked about.
    pub ids: Vec<String>,
    /// Whether there are more.
    pub is_truncated: bool,
}

#[derive(FromXml)]
#[xml(rename = "ListMultipartUploadsResult", ns(NAMESPACE))]
struct Answer {
    uploads: Vec<Upload>,
    #[xml(rename = "IsTruncated")]
    is_truncated: bool,
}

#[derive(FromXml)]
#[xml(rename = "Upload", ns(NAMESPACE))]
struct Upload {
    #[xml(rename = "Key")]
    key: String,
    #[xml(rename = "UploadId")]
    upload_id: String,
}

impl Bucket {
    /// A URL to `GET` the list of the unfinished uploads of one object, and of those whose keys begin with its key.
    pub fn presign_list_uploads(&self, key: &str, now: &Timestamp, lifetime: Duration) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        // `rusty-s3` has no action for it, but signs what it is given.
        Ok(signing::sign(
            now,
            Method::Get,
            self.bucket.base_url().clone(),
            self.credentials.key(),
            self.credentials.secret(),
            self.credentials.token(),
            self.bucket.region(),
            lifetime.as_secs(),
            [("prefix", key), ("uploads", "")].into_iter(),
            std::iter::empty(),
        ))
    }
}

impl Uploads {
    /// Reads the bucket's answer to [`Bucket::presign_list_uploads`] for this key.
    pub fn parse(answer: &[u8], key: &str) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(answer).map_err(|error| Unreadable(error.to_string()))?;
        let answer: Answer = instant_xml::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let own = answer.uploads.into_iter().filter(|upload| upload.key == key);
        Ok(Self {
            ids: own.map(|upload| upload.upload_id).collect(),
            is_truncated: answer.is_truncated,
        })
    }
}

//! Signed requests to an S3-compatible bucket, without I/O.
//!
//! Whoever holds a presigned URL (AWS Signature Version 4, in the query) may make exactly the request that it was
//! signed for, until it expires. Dossier's components sign; the bytes go between the bucket and whoever has the URL,
//! and never through a component that is not the one that needs them.
//!
//! The signing is `rusty-s3`'s; this crate decides what may be signed: one object of one bucket, with the headers that
//! bind the request, for a lifetime within S3's limits, at a time that the caller passes in.
//!
//! ```
//! use std::time::Duration;
//! use bucket::{Bucket, Configuration, Upload};
//!
//! let bucket = Bucket::new(&Configuration {
//!     endpoint: "https://s3.eu-west-1.amazonaws.com".into(),
//!     name: "portfolios".into(),
//!     region: "eu-west-1".into(),
//!     access_key: "AKIAIOSFODNN7EXAMPLE".into(),
//!     secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
//! })?;
//! let now = "2026-11-24T08:00:00Z".parse().unwrap();
//! let upload = Upload::new("video/mp4", 1_000_000);
//! let url = bucket.presign_put("a/b", upload, &now, Duration::from_secs(900))?;
//! assert!(url.as_str().contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"));
//! # Ok::<(), bucket::Error>(())
//! ```

#![forbid(unsafe_code)]

mod list;
mod multipart;
mod uploads;

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use rusty_s3::actions::S3Action as _;
use rusty_s3::{Credentials, UrlStyle};
use url::Url;

pub use list::{Listed, Listing};
pub use multipart::{Multipart, Part, StoredPart, StoredParts, completion, read_completion, read_upload_id};
pub use uploads::Uploads;

/// The namespace of S3's answers in XML.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The longest lifetime that Signature Version 4 allows a presigned URL.
pub const LONGEST_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// The header field that must be sent with a request to a URL of [`Bucket::presign_head`], exactly like this: the bucket then
/// tells the checksum of the object, too.
pub const CHECKSUM_MODE: (&str, &str) = ("x-amz-checksum-mode", "ENABLED");

/// Where the bucket is, and the key to it.
#[derive(Clone)]
pub struct Configuration {
    /// The store's origin (`https://s3.eu-west-1.amazonaws.com`); the bucket's name follows as the first path segment.
    pub endpoint: String,
    /// The bucket's name.
    pub name: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The access key's id.
    pub access_key: String,
    /// The access key's secret. It leaves this crate in no form but signatures.
    pub secret_key: String,
}

/// Why a bucket cannot be addressed or a request not signed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The endpoint is no URL.
    #[error(
        "the bucket's endpoint {endpoint:?} is not a URL ({reason}); an example that is: https://s3.eu-west-1.amazonaws.com"
    )]
    Endpoint {
        /// What was configured.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key that a URL cannot name safely: `rusty-s3` asks its callers to refuse these.
    #[error("{0:?} cannot be an object's key: it is empty, or has an empty, `.` or `..` segment")]
    Key(String),
    /// An id that no bucket gives to an upload.
    #[error("this cannot be the id of a multipart upload: it has 1 to 1024 visible ASCII characters")]
    UploadId,
    /// A lifetime outside of what S3 accepts.
    #[error("a presigned URL lives from 1 second to 7 days, not {0:?}")]
    Lifetime(Duration),
}

/// The bucket's answer is not the XML that S3 gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bucket's answer cannot be read: {0}")]
pub struct Unreadable(pub String);

/// What a client is about to upload: all that is known of it is signed, so that the bucket refuses anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload<'a> {
    /// The value of `Content-Type`. Without it any is taken, and none.
    pub media_type: Option<&'a str>,
    /// The value of `Content-Length`, in bytes.
    pub size: u64,
    /// The SHA-256 of the content, if it is known: signed, so that the bucket refuses any other content.
    pub sha256: Option<[u8; 32]>,
}

impl<'a> Upload<'a> {
    /// An upload of whatever content has this type and size.
    pub const fn new(media_type: &'a str, size: u64) -> Self {
        Self {
            media_type: Some(media_type),
            size,
            sha256: None,
        }
    }

    /// The header fields that must be sent with it, exactly like this.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-length", self.size.to_string())];
        if let Some(media_type) = self.media_type {
            headers.push(("content-type", media_type.to_owned()));
        }
        if let Some(sha256) = self.sha256 {
            headers.push(("x-amz-checksum-sha256", BASE64_STANDARD.encode(sha256)));
        }
        headers
    }
}

/// How a downloaded object is to present itself (S3's `response-*` parameters).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Download<'a> {
    /// The value of `Content-Type`.
    pub media_type: Option<&'a str>,
    /// The value of `Content-Disposition` (RFC 6266).
    pub disposition: Option<&'a str>,
}

/// One bucket, with the key to it.
#[derive(Clone)]
pub struct Bucket {
    bucket: rusty_s3::Bucket,
    credentials: Credentials,
}

impl Bucket {
    /// Addresses a bucket in path style, which every S3-compatible store understands.
    pub fn new(configuration: &Configuration) -> Result<Self, Error> {
        let unusable = |reason: String| Error::Endpoint {
            endpoint: configuration.endpoint.clone(),
            reason,
        };
        let endpoint = Url::parse(&configuration.endpoint).map_err(|error| unusable(error.to_string()))?;
        let bucket = rusty_s3::Bucket::new(
            endpoint,
            UrlStyle::Path,
            configuration.name.clone(),
            configuration.region.clone(),
        )
        .map_err(|error| unusable(error.to_string()))?;
        let credentials = Credentials::new(configuration.access_key.clone(), configuration.secret_key.clone());
        Ok(Self { bucket, credentials })
    }

    /// A URL to `PUT` one object of a given size and type.
    pub fn presign_put(
        &self,
        key: &str,
        upload: Upload<'_>,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        let mut action = self.bucket.put_object(Some(&self.credentials), key);
        for (name, value) in upload.headers() {
            action.headers_mut().insert(name, value);
        }
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `GET` one object.
    pub fn presign_get(
        &self,
        key: &str,
        download: Download<'_>,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        let mut action = self.bucket.get_object(Some(&self.credentials), key);
        if let Some(media_type) = download.media_type {
            action
                .query_mut()
                .insert("response-content-type", media_type.to_owned());
        }
        if let Some(disposition) = download.disposition {
            action
                .query_mut()
                .insert("response-content-disposition", disposition.to_owned());
        }
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `DELETE` one object.
    pub fn presign_delete(&self, key: &str, now: &Timestamp, lifetime: Duration) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        Ok(self
            .bucket
            .delete_object(Some(&self.credentials), key)
            .sign_with_time(lifetime, now))
    }

    /// A URL to `HEAD` one object, with the header field [`CHECKSUM_MODE`].
    pub fn presign_head(&self, key: &str, now: &Timestamp, lifetime: Duration) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        let mut action = self.bucket.head_object(Some(&self.credentials), key);
        let (name, value) = CHECKSUM_MODE;
        action.headers_mut().insert(name, value);
        Ok(action.sign_with_time(lifetime, now))
    }

    /// A URL to `HEAD` the bucket itself, which a readiness check does.
    pub fn presign_head_bucket(&self, now: &Timestamp, lifetime: Duration) -> Url {
        self.bucket
            .head_bucket(Some(&self.credentials))
            .sign_with_time(lifetime, now)
    }
}

fn checked(key: &str, lifetime: Duration) -> Result<Duration, Error> {
    if key.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(Error::Key(key.to_owned()));
    }
    if lifetime < Duration::from_secs(1) || lifetime > LONGEST_LIFETIME {
        return Err(Error::Lifetime(lifetime));
    }
    Ok(lifetime)
}

/// Reads the SHA-256 of an object out of what the bucket says of it: the value of `x-amz-checksum-sha256`. None if the value is
/// that of an object which came in parts: it is made of those of the parts, and says so with a dash and their number.
pub fn read_sha256(checksum: &str) -> Option<[u8; 32]> {
    BASE64_STANDARD.decode(checksum).ok()?.try_into().ok()
}

/// The value of `Content-Disposition` that saves a download under a name in any script (RFC 6266 with RFC 8187).
pub fn attachment(name: &str) -> String {
    let fallback: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !"\"\\%".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        // The attr-char of RFC 5987, section 3.2.1.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests;

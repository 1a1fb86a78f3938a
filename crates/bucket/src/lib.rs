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
//! let upload = Upload { media_type: "video/mp4", size: 1_000_000 };
//! let url = bucket.presign_put("a/b", upload, &now, Duration::from_secs(900))?;
//! assert!(url.as_str().contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"));
//! # Ok::<(), bucket::Error>(())
//! ```

#![forbid(unsafe_code)]

mod list;

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::S3Action as _;
use rusty_s3::{Credentials, UrlStyle};
use url::Url;

pub use list::{Listed, Listing, Unreadable};

/// The longest lifetime that Signature Version 4 allows a presigned URL.
pub const LONGEST_LIFETIME: Duration = Duration::from_hours(7 * 24);

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
    /// A lifetime outside of what S3 accepts.
    #[error("a presigned URL lives from 1 second to 7 days, not {0:?}")]
    Lifetime(Duration),
}

/// What a client is about to upload: both are signed, so that the bucket refuses anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload<'a> {
    /// The value of `Content-Type`.
    pub media_type: &'a str,
    /// The value of `Content-Length`, in bytes.
    pub size: u64,
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
        action
            .headers_mut()
            .insert("content-type", upload.media_type.to_owned());
        action.headers_mut().insert("content-length", upload.size.to_string());
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

    /// A URL to `HEAD` one object.
    pub fn presign_head(&self, key: &str, now: &Timestamp, lifetime: Duration) -> Result<Url, Error> {
        let lifetime = checked(key, lifetime)?;
        Ok(self
            .bucket
            .head_object(Some(&self.credentials), key)
            .sign_with_time(lifetime, now))
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
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use proptest::prelude::*;

    fn example() -> Bucket {
        Bucket::new(&Configuration {
            endpoint: "https://s3.amazonaws.com".into(),
            name: "examplebucket".into(),
            region: "us-east-1".into(),
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        })
        .unwrap()
    }

    /// The facts of the example in AWS's "Authenticating Requests: Using Query Parameters". The signature itself is
    /// `rusty-s3`'s work and tested there; that a real store takes it is shown by the end-to-end tests.
    #[test]
    fn a_signed_get_names_its_object_and_its_lifetime() {
        let now = "2013-05-24T00:00:00Z".parse().unwrap();
        let url = example()
            .presign_get("test.txt", Download::default(), &now, Duration::from_secs(86_400))
            .unwrap();
        let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(url.path(), "/examplebucket/test.txt");
        assert_eq!(
            query["X-Amz-Credential"],
            "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
        );
        assert_eq!(query["X-Amz-Date"], "20130524T000000Z");
        assert_eq!(query["X-Amz-Expires"], "86400");
        assert_eq!(query["X-Amz-SignedHeaders"], "host");
    }

    #[test]
    fn keys_that_a_url_would_resolve_elsewhere_are_refused() {
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        for key in ["", "..", "a/../b", "a//b", "./a", "a/"] {
            let answer = example().presign_head(key, &now, Duration::from_secs(1));
            assert_eq!(answer, Err(Error::Key(key.to_owned())));
        }
    }

    #[test]
    fn a_lifetime_that_s3_would_refuse_is_refused_here() {
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        for lifetime in [Duration::ZERO, LONGEST_LIFETIME + Duration::from_secs(1)] {
            assert_eq!(
                example().presign_head("a", &now, lifetime),
                Err(Error::Lifetime(lifetime))
            );
        }
    }

    #[test]
    fn an_endpoint_without_a_scheme_is_named() {
        let configuration = Configuration {
            endpoint: "localhost".into(),
            name: "b".into(),
            region: "r".into(),
            access_key: "a".into(),
            secret_key: "s".into(),
        };
        let error = Bucket::new(&configuration).err().unwrap().to_string();
        assert!(error.contains("\"localhost\"") && error.contains("https://"), "{error}");
    }

    proptest! {
        #[test]
        fn an_attachment_name_is_always_a_legal_header_value(name in "\\PC{1,60}") {
            let value = attachment(&name);
            prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(value.matches('"').count(), 2);
        }
    }
}

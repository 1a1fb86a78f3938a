//! The bucket as a Spin component reaches it: over Spin's outbound HTTP, with requests signed by the `bucket` crate.
//!
//! A component that only hands out presigned URLs takes [`signer`] and needs no permission to call anywhere; one that
//! reads or writes objects takes a [`Client`].

#![forbid(unsafe_code)]

mod reading;
mod removal;

use std::time::Duration;

use bucket::{Bucket, Configuration, Download, Listing, Multipart, Part, StoredParts, Unreadable, Upload};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use jiff::Timestamp;
use spin_outbound::Limits;
use spin_sdk::variables;

pub use reading::Reading;
pub use removal::Removed;

/// A thousand keys, each with its length, its tag and its time, in XML.
const LARGEST_LISTING: usize = 4 * 1024 * 1024;

/// How long a URL that a component uses itself, at once, is valid.
const OWN_LIFETIME: Duration = Duration::from_mins(1);

/// The most bytes of a list of parts: there are up to 1,000 in it, of about 300 bytes each.
const LARGEST_LIST: usize = 2 << 20;

/// For whom a URL is signed: the two may know the store under different names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Components of the application, and third parties that are reached from it (`bucket_endpoint`).
    Application,
    /// Teachers and evaluators (`bucket_public_endpoint`).
    Client,
}

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable of the manifest is missing.
    #[error("the variable {name} is not set: {source}")]
    Variable {
        /// The variable's name.
        name: &'static str,
        /// What the platform said.
        source: variables::Error,
    },
    /// The configuration or the key cannot be used.
    #[error(transparent)]
    Signing(#[from] bucket::Error),
    /// The store could not be reached.
    #[error(transparent)]
    Outbound(#[from] spin_outbound::Error),
    /// The store's answer is not what S3 answers.
    #[error(transparent)]
    Answer(#[from] bucket::Unreadable),
    /// There is no such object.
    #[error("the bucket has no object {0}")]
    NotFound(String),
    /// The object is another one than the one that was asked for.
    #[error("the object {0} has been replaced")]
    Replaced(String),
    /// The store answered with a status that is no success.
    #[error("the bucket answered {status} to {method} {key}")]
    Status {
        /// The request's method.
        method: Method,
        /// The object's key.
        key: String,
        /// The answer's status.
        status: StatusCode,
    },
}

impl Error {
    /// Whether the same request may succeed later, unchanged.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Outbound(error) => !matches!(error, spin_outbound::Error::Denied(_)),
            Self::Status { status, .. } => {
                let is_trouble = status.is_server_error() && *status != StatusCode::NOT_IMPLEMENTED;
                is_trouble || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Variable { .. } | Self::Signing(_) | Self::Answer(_) | Self::NotFound(_) | Self::Replaced(_) => false,
        }
    }
}

/// What the bucket says of an object without handing it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag, with the quotes.
    pub etag: Option<String>,
    /// What it is according to whoever uploaded it: its `Content-Type`.
    pub content_type: Option<String>,
    /// Its SHA-256, where the bucket keeps that of the whole object: of one that was uploaded whole, with its checksum.
    pub sha256: Option<[u8; 32]>,
}

/// The bucket that the manifest's variables describe, for signing.
pub async fn signer(audience: Audience) -> Result<Bucket, Error> {
    let endpoint = match audience {
        Audience::Application => "bucket_endpoint",
        Audience::Client => "bucket_public_endpoint",
    };
    Ok(Bucket::new(&Configuration {
        endpoint: variable(endpoint).await?,
        name: variable("bucket_name").await?,
        region: variable("bucket_region").await?,
        access_key: variable("bucket_access_key").await?,
        secret_key: variable("bucket_secret_key").await?,
    })?)
}

async fn variable(name: &'static str) -> Result<String, Error> {
    variables::get(name)
        .await
        .map_err(|source| Error::Variable { name, source })
}

/// Reads and writes objects.
pub struct Client {
    bucket: Bucket,
}

impl Client {
    /// A client for the bucket that the manifest's variables describe.
    pub async fn open() -> Result<Self, Error> {
        Ok(Self {
            bucket: signer(Audience::Application).await?,
        })
    }

    /// The same bucket, for signing.
    pub fn signer(&self) -> &Bucket {
        &self.bucket
    }

    /// What the bucket knows of an object; `None` if there is none.
    pub async fn head(&self, key: &str) -> Result<Option<Found>, Error> {
        let url = self.bucket.presign_head(key, &Timestamp::now(), OWN_LIFETIME)?;
        let (name, value) = bucket::CHECKSUM_MODE;
        let request = request(Method::HEAD, url.as_str())
            .header(name, value)
            .body(Bytes::new())
            .map_err(spin_outbound::Error::from)?;
        let answer = spin_outbound::send(request, Limits::default()).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        succeeded(&Method::HEAD, key, answer.status())?;
        let text = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let size = text(header::CONTENT_LENGTH.as_str())
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        Ok(Some(Found {
            size,
            etag: text(header::ETAG.as_str()).map(ToOwned::to_owned),
            content_type: text(header::CONTENT_TYPE.as_str()).map(ToOwned::to_owned),
            sha256: text("x-amz-checksum-sha256").and_then(bucket::read_sha256),
        }))
    }

    /// The first bytes of an object, at most `count`.
    pub async fn first_bytes(&self, key: &str, count: usize) -> Result<Bytes, Error> {
        let range = format!("bytes=0-{}", count.saturating_sub(1));
        self.read(key, count, Some(&range)).await
    }

    /// A whole object of at most `largest` bytes.
    pub async fn get(&self, key: &str, largest: usize) -> Result<Bytes, Error> {
        self.read(key, largest, None).await
    }

    /// The objects whose keys begin with a prefix and come after another key, in the order of their keys: at most `most` of
    /// them, and never more than 1000.
    pub async fn list(&self, prefix: &str, start_after: Option<&str>, most: usize) -> Result<Listing, Error> {
        let url = self
            .bucket
            .presign_list(prefix, start_after, most, &Timestamp::now(), OWN_LIFETIME)?;
        let request = request(Method::GET, url.as_str())
            .body(Bytes::new())
            .map_err(spin_outbound::Error::from)?;
        let answer = spin_outbound::fetch(request, Limits::default(), LARGEST_LISTING).await?;
        succeeded(&Method::GET, prefix, answer.status)?;
        Ok(Listing::parse(&answer.body)?)
    }

    /// How many bytes of a multipart upload the bucket has; `None` if it knows of no such upload.
    pub async fn received(&self, key: &str, upload_id: &str) -> Result<Option<u64>, Error> {
        let (mut received, mut after) = (0, None);
        loop {
            let url = self
                .bucket
                .presign_list_parts(key, upload_id, after, &Timestamp::now(), OWN_LIFETIME)?;
            let request = request(Method::GET, url.as_str())
                .body(Bytes::new())
                .map_err(spin_outbound::Error::from)?;
            let answer = spin_outbound::fetch(request, Limits::default(), LARGEST_LIST).await?;
            if answer.status == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            succeeded(&Method::GET, key, answer.status)?;
            let list = StoredParts::parse(&answer.body)?;
            received += list.parts.iter().map(|part| part.size).sum::<u64>();
            match list.next {
                Some(_) => after = list.next,
                None => return Ok(Some(received)),
            }
        }
    }

    /// Begins an upload in parts, and gives its id.
    pub async fn begin_upload(&self, key: &str, media_type: &str) -> Result<String, Error> {
        let url =
            self.bucket
                .presign_create_multipart(key, Multipart::new(media_type), &Timestamp::now(), OWN_LIFETIME)?;
        let request = request(Method::POST, url.as_str()).header(header::CONTENT_TYPE, media_type);
        let answer = self.call(Method::POST, key, request, Bytes::new()).await?;
        Ok(bucket::read_upload_id(&String::from_utf8_lossy(&answer.body))?)
    }

    /// Uploads one part, numbered from 1, and gives its entity tag. Parts but the last have at least 5 MiB.
    pub async fn put_part(&self, key: &str, upload_id: &str, number: u16, body: Bytes) -> Result<String, Error> {
        let part = Part::new(number, body.len() as u64);
        let url = self
            .bucket
            .presign_part(key, upload_id, part, &Timestamp::now(), OWN_LIFETIME)?;
        let answer = self
            .call(Method::PUT, key, request(Method::PUT, url.as_str()), body)
            .await?;
        let etag = answer.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        Ok(etag
            .ok_or_else(|| Unreadable("a part has no entity tag".into()))?
            .to_owned())
    }

    /// Makes the parts with these entity tags, in the order of their numbers, one object.
    pub async fn complete_upload(&self, key: &str, upload_id: &str, etags: &[String]) -> Result<(), Error> {
        let url = self
            .bucket
            .presign_complete_multipart(key, upload_id, &Timestamp::now(), OWN_LIFETIME)?;
        let body = bucket::completion(etags).into();
        let answer = self
            .call(Method::POST, key, request(Method::POST, url.as_str()), body)
            .await?;
        bucket::read_completion(&String::from_utf8_lossy(&answer.body))?;
        Ok(())
    }

    /// Gives an upload up, with all of its parts. One that is not there is given up already.
    pub async fn abort_upload(&self, key: &str, upload_id: &str) -> Result<(), Error> {
        let url = self
            .bucket
            .presign_abort_multipart(key, upload_id, &Timestamp::now(), OWN_LIFETIME)?;
        self.gone(key, url.as_str()).await
    }

    /// Deletes an object. One that is not there is deleted already.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        let url = self.bucket.presign_delete(key, &Timestamp::now(), OWN_LIFETIME)?;
        self.gone(key, url.as_str()).await
    }

    async fn gone(&self, key: &str, url: &str) -> Result<(), Error> {
        match self
            .call(Method::DELETE, key, request(Method::DELETE, url), Bytes::new())
            .await
        {
            Ok(_) | Err(Error::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn call(
        &self,
        method: Method,
        key: &str,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<spin_outbound::Answer, Error> {
        let request = request.body(body).map_err(spin_outbound::Error::from)?;
        let answer = spin_outbound::fetch(request, Limits::default(), LARGEST_LIST).await?;
        succeeded(&method, key, answer.status)?;
        Ok(answer)
    }

    async fn read(&self, key: &str, largest: usize, range: Option<&str>) -> Result<Bytes, Error> {
        let url = self
            .bucket
            .presign_get(key, Download::default(), &Timestamp::now(), OWN_LIFETIME)?;
        let mut builder = request(Method::GET, url.as_str());
        if let Some(range) = range {
            builder = builder.header(header::RANGE, range);
        }
        let request = builder.body(Bytes::new()).map_err(spin_outbound::Error::from)?;
        let answer = spin_outbound::fetch(request, Limits::default(), largest).await?;
        // An empty object has no first byte to give.
        if range.is_some() && answer.status == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(Bytes::new());
        }
        succeeded(&Method::GET, key, answer.status)?;
        Ok(answer.body)
    }

    /// Writes a whole object, replacing what is there.
    pub async fn put(&self, key: &str, media_type: &str, body: Bytes) -> Result<(), Error> {
        let upload = Upload::new(media_type, body.len() as u64);
        let url = self.bucket.presign_put(key, upload, &Timestamp::now(), OWN_LIFETIME)?;
        let request = request(Method::PUT, url.as_str())
            .header(header::CONTENT_TYPE, media_type)
            .body(body)
            .map_err(spin_outbound::Error::from)?;
        let answer = spin_outbound::send(request, Limits::default()).await?;
        succeeded(&Method::PUT, key, answer.status())
    }
}

fn request(method: Method, url: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(url)
}

fn succeeded(method: &Method, key: &str, status: StatusCode) -> Result<(), Error> {
    match status {
        StatusCode::NOT_FOUND => Err(Error::NotFound(key.to_owned())),
        StatusCode::PRECONDITION_FAILED => Err(Error::Replaced(key.to_owned())),
        status if status.is_success() => Ok(()),
        status => Err(Error::Status {
            method: method.clone(),
            key: key.to_owned(),
            status,
        }),
    }
}

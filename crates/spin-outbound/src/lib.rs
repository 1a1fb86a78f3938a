//! One HTTP request out of a Spin component, within limits of time and size.
//!
//! Spin waits 600 seconds for the first byte of an answer and hands over bodies of any size. A component that talks to
//! a third party or a bucket wants less patience and bounded memory. Redirects are answers like any others: nobody is
//! followed to an address that the manifest did not name.

#![forbid(unsafe_code)]

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt as _, Full};
use spin_sdk::http::Response;
use spin_sdk::wasip3::http::types::{ErrorCode, RequestOptions};
use spin_sdk::wasip3::http_compat::RequestOptionsExtension;

/// How long to wait, and for how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the connection to be made.
    pub connect: Duration,
    /// For the first byte of the answer, which includes sending the request's body.
    pub first_byte: Duration,
    /// Between two pieces of the answer's body.
    pub between_bytes: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(20),
            between_bytes: Duration::from_secs(20),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest does not let this component call there.
    #[error("this component may not call {0}: the manifest's allowed_outbound_hosts does not name it")]
    Denied(String),
    /// Nothing listens there, the name is unknown, or the connection broke.
    #[error("{host} could not be reached: {reason}")]
    Unreachable {
        /// The authority that was called.
        host: String,
        /// What the platform said.
        reason: String,
    },
    /// It took longer than the limits allow.
    #[error("{0} did not answer in time")]
    TimedOut(String),
    /// The answer is larger than the limit.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The authority that was called.
        host: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The request cannot be put into words.
    #[error("the request is not valid HTTP: {0}")]
    Invalid(#[from] http::Error),
}

/// An answer whose body was read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: http::StatusCode,
    /// The header fields.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Sends a request with a whole body, whose length is declared: S3 and many others refuse chunked bodies.
///
/// That there is no body is said, too, but where nobody expects one. Otherwise the platform announces chunks, and sends the end of
/// them when the server may have answered and closed the connection, which can cost the answer.
pub async fn send(mut request: http::Request<Bytes>, limits: Limits) -> Result<Response, Error> {
    let length = request.body().len();
    if length > 0 || !matches!(*request.method(), Method::GET | Method::HEAD) {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let options = RequestOptionsExtension(options(limits));
    request.extensions_mut().insert(options);
    let answer = spin_sdk::http::send(request.map(Full::new)).await;
    answer.map_err(|code| failure(host, &code))
}

/// Sends a request and reads the whole answer, up to a limit in bytes.
pub async fn fetch(request: http::Request<Bytes>, limits: Limits, largest: usize) -> Result<Answer, Error> {
    let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let (parts, body) = send(request, limits).await?.into_parts();
    let body = collect(body, largest, &host).await?;
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    })
}

/// Reads a body whole, up to a limit in bytes. `host` is for the error.
pub async fn collect<B>(mut body: B, largest: usize, host: &str) -> Result<Bytes, Error>
where
    B: http_body::Body<Data = Bytes, Error = ErrorCode> + Unpin,
{
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|code| failure(host.to_owned(), &code))?;
        if let Ok(data) = frame.into_data() {
            if collected.len() + data.len() > largest {
                return Err(Error::TooLarge {
                    host: host.to_owned(),
                    limit: largest,
                });
            }
            collected.extend_from_slice(&data);
        }
    }
    Ok(collected.freeze())
}

/// What the platform's error code means for the caller.
pub fn failure(host: String, code: &ErrorCode) -> Error {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Error::Denied(host),
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::DnsTimeout
        | ErrorCode::HttpResponseTimeout => Error::TimedOut(host),
        other => Error::Unreachable {
            host,
            reason: format!("{other:?}"),
        },
    }
}

fn options(limits: Limits) -> RequestOptions {
    let nanoseconds = |duration: Duration| u64::try_from(duration.as_nanos()).ok();
    let options = RequestOptions::new();
    // A platform that does not support one of these keeps its own limit, which is still a limit.
    let _ = options.set_connect_timeout(nanoseconds(limits.connect));
    let _ = options.set_first_byte_timeout(nanoseconds(limits.first_byte));
    let _ = options.set_between_bytes_timeout(nanoseconds(limits.between_bytes));
    options
}

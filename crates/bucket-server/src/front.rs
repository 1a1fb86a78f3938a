//! What stands before the protocol: faults on demand, cross-origin requests, and the demand for a length.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HeaderMap, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use http::{Method, Uri};
use hyper::Request;
use hyper::body::Incoming;
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse, S3Error, S3ErrorCode, S3Result};
use uuid::Uuid;

use crate::cors::Cors;
use crate::rest;

/// Answers every request to the server.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    pub(crate) protocol: S3Service,
    pub(crate) cors: Cors,
    pub(crate) unavailable: Arc<AtomicBool>,
    pub(crate) without_checksums: Arc<AtomicBool>,
}

impl Front {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let headers = request.headers().clone();
        let (parts, body) = request.into_parts();
        let (body, rest) = rest::share(body);
        let mut response = if let Some(answer) = self.refusal(&parts.method, &parts.uri, &headers) {
            answer
                .or_else(S3Error::to_http_response)
                .map_err(|error| HttpError::new(Box::new(error)))?
        } else {
            let request = Request::from_parts(parts, Body::http_body(body));
            self.protocol.call(request).await?
        };
        if response.status().as_u16() >= 400 && !rest.discard(headers.contains_key(EXPECT)).await {
            // Said, so that the client does not send its next request into a connection that closes.
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        self.cors.expose(&headers, &mut response);
        let id = Uuid::now_v7().simple().to_string();
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert("x-amz-request-id", id);
        }
        Ok(response)
    }

    /// The answer to a request that does not get to the protocol.
    fn refusal(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<S3Result<HttpResponse>> {
        if let Some(answer) = self.cors.preflight(method, headers) {
            return Some(answer);
        }
        if self.unavailable.load(Ordering::Relaxed) {
            let mut error = S3Error::with_message(S3ErrorCode::SlowDown, "Please reduce your request rate.");
            error.set_headers(HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("1"))]));
            return Some(Err(error));
        }
        let no_length = !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key("x-amz-copy-source");
        if method == Method::PUT && names_object(uri) && no_length {
            return Some(Err(S3Error::with_message(
                S3ErrorCode::MissingContentLength,
                "You must provide the Content-Length HTTP header.",
            )));
        }
        if headers.contains_key(TRANSFER_ENCODING) {
            return Some(not_implemented("Transfer-Encoding"));
        }
        let names_checksums = headers.contains_key("x-amz-checksum-algorithm");
        (names_checksums && self.without_checksums.load(Ordering::Relaxed))
            .then(|| not_implemented("x-amz-checksum-algorithm"))
    }
}

fn not_implemented(header: &str) -> S3Result<HttpResponse> {
    let message = format!("A header you provided implies functionality that is not implemented: {header}.");
    Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
}

/// Whether the path is that of an object rather than of a bucket.
fn names_object(uri: &Uri) -> bool {
    let path = uri.path().trim_start_matches('/');
    path.split_once('/').is_some_and(|(_bucket, key)| !key.is_empty())
}

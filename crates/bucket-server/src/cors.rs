//! Cross-origin requests: pages that talk to the bucket from a browser.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode};
use s3s::{Body, HttpResponse, S3Error, S3ErrorCode};

/// What an answer depends on.
const VARIES: HeaderValue =
    HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers");

/// Which pages may talk to the bucket.
#[derive(Debug, Clone)]
pub(crate) struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// Allows pages of these origins, or of all with `*`.
    pub(crate) fn new(origins: Vec<String>) -> Self {
        Self { origins }
    }

    /// Answers the question that a browser asks before a request; `None` when the request is no such question.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Result<HttpResponse, S3Error>> {
        if method != Method::OPTIONS {
            return None;
        }
        let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        let Some(origin) = self.allowed(headers) else {
            let code = S3ErrorCode::Custom("AccessForbidden".into());
            let message = "CORSResponse: This CORS request is not allowed.";
            let mut refusal = S3Error::with_message(code, message);
            refusal.set_status_code(StatusCode::FORBIDDEN);
            return Some(Err(refusal));
        };
        let mut response = HttpResponse::new(Body::empty());
        let answer = response.headers_mut();
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, asked.clone());
        if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3000"));
        answer.insert(VARY, VARIES);
        Some(Ok(response))
    }

    /// Lets the page read an answer to a request with these headers.
    pub(crate) fn expose(&self, request: &HeaderMap, response: &mut HttpResponse) {
        if let Some(origin) = self.allowed(request) {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let exposed = "etag, location, content-range, accept-ranges, x-amz-request-id, x-amz-mp-parts-count, \
                           x-amz-checksum-sha256, x-amz-checksum-crc32";
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
            headers.insert(VARY, VARIES);
        }
    }

    fn allowed<'headers>(&self, headers: &'headers HeaderMap) -> Option<&'headers HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        self.origins
            .iter()
            .any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
            .then_some(origin)
    }
}

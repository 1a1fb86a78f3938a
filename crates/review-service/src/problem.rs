//! Errors as the client sees them: problem details (RFC 9457).

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;

/// An error response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<RetryAfter>,
}

/// The two ways to write `Retry-After` (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RetryAfter {
    Seconds(u64),
    /// So many seconds from now.
    Date(u64),
}

impl Problem {
    /// A problem with a status, a code out of the table in `API.md` and a sentence for the client's developer.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// 404: what the path names is not there, or not for this caller.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", format!("There is no such {what}."))
    }

    /// 422: a member of the body is missing or makes no sense.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail)
    }

    /// 500: the reason goes to the log, not to the client.
    pub(crate) fn internal(reason: &dyn std::fmt::Display) -> Self {
        tracing::error!("{reason}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The service failed; ask again with the same key.",
        )
    }

    /// The same problem with a `Retry-After` header, in seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(RetryAfter::Seconds(seconds)),
            ..self
        }
    }

    /// The same problem with a `Retry-After` header that is a date, so many seconds from now.
    pub(crate) fn retry_at(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(RetryAfter::Date(seconds)),
            ..self
        }
    }

    /// The status that the response will have.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match self.retry_after {
            Some(RetryAfter::Seconds(seconds)) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Some(RetryAfter::Date(seconds)) => {
                let date = (Timestamp::now() + Duration::from_secs(seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT");
                if let Ok(date) = HeaderValue::try_from(date.to_string()) {
                    headers.insert(header::RETRY_AFTER, date);
                }
            }
            None => {}
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

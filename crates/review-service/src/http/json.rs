//! Bodies that are JSON.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::Problem;

/// The body of a request that must be `application/json`.
pub(crate) fn body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "Send JSON, with the header `Content-Type: application/json`.",
        ));
    }
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "document-too-large",
            "The body may have 64 KiB at most.",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-json",
            "The body did not arrive completely.",
        ),
    })
}

/// Reads JSON: what is no JSON is a bad request, what has another shape than it should is invalid.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => Problem::invalid(format!("The body does not fit: {error}.")),
        Category::Io | Category::Syntax | Category::Eof => Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-json",
            format!("The body is not JSON: {error}."),
        ),
    })
}

//! Request bodies, which anybody may send.

use api::Problem;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use spin_sdk::wasip3::http::types::Request;
use spin_sdk::wasip3::http_compat::IncomingBody;

/// Reads a body, which may have up to `largest` bytes. One that says that it is longer is not read at all.
pub async fn read_body(headers: &HeaderMap, body: IncomingBody<Request>, largest: usize) -> Result<Bytes, Problem> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > largest as u64) {
        return Err(Problem::payload_too_large(largest as u64));
    }
    spin_outbound::collect(body, largest, "the caller")
        .await
        .map_err(|error| match error {
            spin_outbound::Error::TooLarge { .. } => Problem::payload_too_large(largest as u64),
            other => Problem::invalid_json("it did not arrive whole").with_cause(other),
        })
}

/// Reads a body that must be declared as JSON.
pub async fn read_json_bytes(
    headers: &HeaderMap,
    body: IncomingBody<Request>,
    largest: usize,
) -> Result<Bytes, Problem> {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.split(';').next());
    if !essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    read_body(headers, body, largest).await
}

//! Request bodies, which anybody may send.

use std::pin::pin;
use std::time::Duration;

use api::Problem;
use bytes::Bytes;
use futures::future::{Either, select};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use spin_sdk::wasip3::http::types::Request;
use spin_sdk::wasip3::http_compat::IncomingBody;

/// How long a body may take to arrive. Those that are read here have kilobytes; whoever sends one byte now and then holds a
/// place in an instance, of which there are few.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a body, which may have up to `largest` bytes. One that says that it is longer is not read at all, and
/// one that does not arrive in time is not waited for.
pub async fn read_body(headers: &HeaderMap, body: IncomingBody<Request>, largest: usize) -> Result<Bytes, Problem> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > largest as u64) {
        return Err(Problem::payload_too_large(largest as u64));
    }
    let arrives = pin!(spin_outbound::collect(body, largest, "the caller"));
    let patience = pin!(spin_sdk::time::sleep(PATIENCE));
    match select(arrives, patience).await {
        Either::Left((Ok(body), _)) => Ok(body),
        Either::Left((Err(spin_outbound::Error::TooLarge { .. }), _)) => {
            Err(Problem::payload_too_large(largest as u64))
        }
        Either::Left((Err(other), _)) => Err(Problem::invalid_json("it did not arrive whole").with_cause(other)),
        Either::Right(_) => Err(Problem::request_timeout(PATIENCE.as_secs())),
    }
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

//! What operators send.

use api::Problem;
use api::operations::{ErasureRequest, Reason};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use spin_edge::{read_body, read_json_bytes};
use spin_sdk::http::Request;

/// The most bytes that an operator has to say.
const LARGEST: usize = 16 * 1024;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// The reason that goes with an act. Whoever looks at it later should find one.
pub(crate) async fn reason(request: Request) -> Result<String, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, LARGEST).await?;
    checked(read::<Reason>(&body)?.reason)
}

/// A submission that is to be deleted, and the reason.
pub(crate) async fn erasure(request: Request) -> Result<ErasureRequest, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, LARGEST).await?;
    let ErasureRequest { submission, reason } = read(&body)?;
    Ok(ErasureRequest {
        submission,
        reason: checked(reason)?,
    })
}

fn checked(reason: String) -> Result<String, Problem> {
    if reason.trim().is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Problem::invalid_json(format!(
            "\"reason\" has 1 to {LONGEST_REASON} characters, and not only spaces"
        )));
    }
    Ok(reason)
}

/// A request whose members may all be left out, and the body with them.
pub(crate) async fn or_default<T: DeserializeOwned + Default>(request: Request) -> Result<T, Problem> {
    let (parts, body) = request.into_parts();
    let is_declared = parts.headers.contains_key(http::header::CONTENT_TYPE);
    if is_declared {
        return read(&read_json_bytes(&parts.headers, body, LARGEST).await?);
    }
    let body = read_body(&parts.headers, body, LARGEST).await?;
    if body.is_empty() {
        Ok(T::default())
    } else {
        Err(Problem::unsupported_media_type("application/json"))
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(Problem::invalid_json)
}

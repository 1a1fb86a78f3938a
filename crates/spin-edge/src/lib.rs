//! The HTTP edge of a Spin component: bodies in, problem details and JSON out.
//!
//! A component's handler is a function from a request to `Result<Reply, Problem>`; [`reply`] makes the answer of either.
//! What a caller must not see, the problem's cause, goes to the log there, and nowhere else.

#![forbid(unsafe_code)]

mod body;
mod caller;
mod cors;
mod failure;
mod keys;

use std::fmt;

use api::Problem;
use api::etag::EntityTag;
use bytes::Bytes;
use event_log::Event;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Full;
use serde::Serialize;

pub use body::{read_body, read_json_bytes};
pub use caller::{audit, caller, denied};
pub use cors::answer;
pub use failure::{bucket_failed, ledger_failed, variable};

/// An answer with a whole body.
pub type Reply = http::Response<Full<Bytes>>;

/// The answer that a handler's result stands for. A problem's cause is logged.
pub fn reply(result: Result<Reply, Problem>) -> Reply {
    result.unwrap_or_else(|problem| {
        if let Some(cause) = problem.cause() {
            Event::new("problem")
                .code("code", problem.code().as_str())
                .reason(cause)
                .write();
        }
        let mut reply = whole(problem.status(), problem.to_json());
        for (name, value) in problem.headers() {
            if let Ok(value) = HeaderValue::from_str(value) {
                reply.headers_mut().insert(name, value);
            }
        }
        reply
    })
}

/// A value in JSON, never to be cached.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Reply, Problem> {
    let body = serde_json::to_vec(value).map_err(Problem::internal)?;
    let mut reply = whole(status, body);
    set(&mut reply, CONTENT_TYPE, "application/json")?;
    set(&mut reply, CACHE_CONTROL, "no-store")?;
    Ok(reply)
}

/// A JSON text of which there are versions: 304 when the client has this one already (RFC 9110, section 13.1.2).
pub fn versioned_json(request: &HeaderMap, version: impl fmt::Display, body: Vec<u8>) -> Result<Reply, Problem> {
    let tag = EntityTag::new(version);
    let named = request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut reply = if named.into_iter().any(|value| tag.is_named_by(value)) {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        let mut reply = whole(StatusCode::OK, body);
        set(&mut reply, CONTENT_TYPE, "application/json")?;
        reply
    };
    set(&mut reply, ETAG, &tag.to_string())?;
    // The caller may keep it, but has to ask each time: what one may see can change.
    set(&mut reply, CACHE_CONTROL, "private, no-cache")?;
    Ok(reply)
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Reply {
    whole(status, Vec::new())
}

/// Sets a header field of an answer.
pub fn set(reply: &mut Reply, name: http::HeaderName, value: &str) -> Result<(), Problem> {
    let value =
        HeaderValue::from_str(value).map_err(|error| Problem::internal(format!("the field {name}: {error}")))?;
    reply.headers_mut().insert(name, value);
    Ok(())
}

/// The segments of a request's path.
pub fn segments(path: &str) -> Vec<&str> {
    path.strip_prefix('/').unwrap_or(path).split('/').collect()
}

/// A time of the ledger's, as it is shown.
pub fn time(timestamp: ledger::Timestamp) -> Result<jiff::Timestamp, Problem> {
    let milliseconds = i64::try_from(timestamp.milliseconds()).map_err(Problem::internal)?;
    jiff::Timestamp::from_millisecond(milliseconds).map_err(Problem::internal)
}

/// A time, as the ledger counts it: from 1970, before which nothing happened.
pub fn in_ledger(time: jiff::Timestamp) -> ledger::Timestamp {
    ledger::Timestamp::from_milliseconds(u64::try_from(time.as_millisecond()).unwrap_or(0))
}

/// An answer with a whole body, whose type the caller sets.
pub fn whole(status: StatusCode, body: Vec<u8>) -> Reply {
    let mut reply = http::Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    // Whatever somebody else wrote is in it, a browser must not find a script there.
    reply
        .headers_mut()
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

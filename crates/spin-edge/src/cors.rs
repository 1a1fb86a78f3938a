//! Cross-origin requests (the Fetch standard, <https://fetch.spec.whatwg.org/#http-cors-protocol>): the pages of other origins may
//! use the interface where the variable `cors_origins` names them, and not otherwise.
//!
//! Callers show a token with each request, and browsers add none by themselves, so credentials are never allowed.

use api::Problem;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{Method, Request, StatusCode};

use crate::{Reply, empty, reply, set, variable};

const METHODS: &str = "GET, POST, PUT, PATCH";
const REQUEST_FIELDS: &str = "authorization, content-type, idempotency-key, if-none-match, prefer";
const ANSWER_FIELDS: &str = "etag, location, preference-applied, retry-after";
/// For how long a browser need not ask again, in seconds.
const MAX_AGE: &str = "600";

/// Answers a request by a component's routes, and says whether a page of another origin may read the answer.
pub async fn answer<B>(request: Request<B>, route: impl AsyncFnOnce(Request<B>) -> Result<Reply, Problem>) -> Reply {
    let Some(origin) = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return reply(route(request).await);
    };
    let origin = origin.to_owned();
    let is_named = match variable("cors_origins").await {
        Ok(named) => named.split_whitespace().any(|named| named == origin),
        Err(problem) => return reply(Err(problem)),
    };
    if !is_named {
        return reply(route(request).await);
    }
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let answered = if is_preflight {
        preflight()
    } else {
        Ok(reply(route(request).await))
    };
    reply(answered.and_then(|mut answered| {
        set(&mut answered, ACCESS_CONTROL_ALLOW_ORIGIN, &origin)?;
        set(&mut answered, ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_FIELDS)?;
        set(&mut answered, VARY, "origin")?;
        Ok(answered)
    }))
}

fn preflight() -> Result<Reply, Problem> {
    let mut answer = empty(StatusCode::NO_CONTENT);
    set(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, METHODS)?;
    set(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_FIELDS)?;
    set(&mut answer, ACCESS_CONTROL_MAX_AGE, MAX_AGE)?;
    Ok(answer)
}

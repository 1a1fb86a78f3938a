//! Who is calling, and whether the route is for them.

use std::time::{SystemTime, UNIX_EPOCH};

use access::caller::words;
use access::{Caller, Denied, Permit, Rule, bearer};
use api::Problem;
use event_log::Event;
use http::header::AUTHORIZATION;

use crate::keys;

/// The caller of a request, to whom its route is open. What of it they may see, the permit decides.
pub async fn caller<B>(request: &http::Request<B>) -> Result<Permit, Problem> {
    let rule = Rule::find(request.method().as_str(), request.uri().path()).ok_or_else(Problem::not_found)?;
    let authorization = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    // Who shows nothing need not wait for keys.
    if authorization.and_then(bearer).is_none() {
        return Err(denied(Denied::Missing));
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(Problem::internal)?;
    let known = keys::known().await?;
    let mut outcome = known.verifier.authenticate(authorization, now.as_secs());
    if outcome == Err(Denied::UnknownKey)
        && let Some(newer) = keys::newer_than(&known).await?
    {
        outcome = newer.verifier.authenticate(authorization, now.as_secs());
    }
    outcome.and_then(|caller| rule.admit(caller)).map_err(denied)
}

/// Something that a caller did or saw, for the audit trail.
pub fn audit(act: &'static str, caller: &Caller) -> Event {
    Event::audit(act, caller.subject()).tenant(caller.tenant())
}

/// What a caller hears who may not.
pub fn denied(denied: Denied) -> Problem {
    match denied {
        Denied::Missing => Problem::missing_token(),
        Denied::Expired => Problem::expired_token(),
        Denied::NotYetValid | Denied::UnknownKey | Denied::Invalid(_) => Problem::invalid_token().with_cause(denied),
        Denied::InsufficientScope(scopes) => Problem::insufficient_scope(&words(&scopes)),
        Denied::NotFound => Problem::not_found(),
    }
}

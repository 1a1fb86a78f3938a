//! Who is calling.

use std::cell::RefCell;
use std::rc::Rc;

use access::{Caller, Denied, Scope, Verifier};
use api::Problem;
use event_log::Event;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::failure::variable;

thread_local! {
    /// Reading the keys costs more than checking a token. An instance's variables do not change while it lives.
    static VERIFIER: RefCell<Option<Rc<Verifier>>> = const { RefCell::new(None) };
}

/// The caller, whose token must carry a scope.
pub async fn caller(headers: &HeaderMap, scope: Scope) -> Result<Caller, Problem> {
    let verifier = verifier().await?;
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    verifier
        .authenticate(authorization, scope)
        .map_err(|denied| match denied {
            Denied::Missing => Problem::missing_token(),
            Denied::Expired => Problem::expired_token(),
            Denied::NotYetValid | Denied::Invalid(_) => Problem::invalid_token().with_cause(denied),
            Denied::InsufficientScope(scope) => Problem::insufficient_scope(scope.word()),
        })
}

/// Something that a caller did or saw, for the audit trail.
pub fn audit(act: &'static str, caller: &Caller) -> Event {
    Event::audit(act, &caller.subject)
}

async fn verifier() -> Result<Rc<Verifier>, Problem> {
    if let Some(verifier) = VERIFIER.with_borrow(Clone::clone) {
        return Ok(verifier);
    }
    let (keys, issuer, audience) = (
        variable("token_keys").await?,
        variable("token_issuer").await?,
        variable("token_audience").await?,
    );
    let verifier = Rc::new(Verifier::new(&keys, &issuer, &audience).map_err(Problem::internal)?);
    VERIFIER.set(Some(Rc::clone(&verifier)));
    Ok(verifier)
}

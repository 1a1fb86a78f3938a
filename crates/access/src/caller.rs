//! Who is calling, and why somebody may not.

use crate::owner::Owner;
use crate::scope::{Scope, Scopes};

/// A caller whose token was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who this is: what this person creates is theirs.
    pub owner: Owner,
    /// The name that people know the caller by, where the provider says it.
    pub name: Option<String>,
    /// What the caller may do.
    pub scopes: Scopes,
}

impl Caller {
    /// The tenant that the caller belongs to.
    pub fn tenant(&self) -> &str {
        &self.owner.tenant
    }

    /// The token's subject: who this is, to the identity provider.
    pub fn subject(&self) -> &str {
        &self.owner.subject
    }
}

/// Why a caller is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No `Authorization` header with a bearer token.
    #[error("there is no bearer token in the Authorization header")]
    Missing,
    /// The token was good once.
    #[error("the token has expired")]
    Expired,
    /// The token will be good later.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token names a key that is not among those that are known. There may be new keys.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The token is not one of ours. The reason is for the log, not for the caller.
    #[error("the token is not valid: {0}")]
    Invalid(String),
    /// The token is good, but not for this.
    #[error("the token carries none of the scopes: {}", words(.0))]
    InsufficientScope(Vec<Scope>),
    /// There is no such thing, or the caller may not know of it.
    #[error("there is no such thing for this caller")]
    NotFound,
}

/// Scopes as RFC 6750 writes them: words with a space between.
pub fn words(scopes: &[Scope]) -> String {
    let words: Vec<_> = scopes.iter().map(|scope| scope.word()).collect();
    words.join(" ")
}

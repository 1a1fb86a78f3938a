//! Who may do what: JSON Web Tokens, scopes, and the decisions made from them.
//!
//! Every caller but a third party and a bucket carries a bearer token (RFC 6750): a JWT (RFC 7519), signed with
//! `EdDSA` (Ed25519) or `ES256` by one of the configured keys (a JWK Set, RFC 7517), with the configured issuer and
//! audience. Its `scope` claim (RFC 8693, section 4.2) says what the caller does here.
//!
//! The algorithm is taken from the *key*, never from the token: a token that names another one is refused before its
//! signature is looked at. The signature is `jsonwebtoken`'s work; the decisions are this crate's.

#![forbid(unsafe_code)]

use std::fmt;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// How far the clocks of the issuer and of this machine may disagree, in seconds.
pub const LEEWAY_SECONDS: u64 = 60;

/// The longest token that is looked at, in bytes. Providers' tokens have one or two thousand.
const LONGEST_TOKEN: usize = 8 * 1024;

/// What a caller does with Dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Hands in documents and watches their progress: a teacher.
    Submit,
    /// Reads normalized documents: an evaluator.
    Evaluate,
    /// Sees queues and dead letters, and redrives them: an operator.
    Operate,
}

impl Scope {
    /// The word in the token's `scope` claim.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Evaluate => "evaluate",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A caller whose token was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject: who this is, to the identity provider.
    pub subject: String,
    /// The name that people know the caller by, where the provider says it.
    pub name: Option<String>,
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
    /// The token is not one of ours. The reason is for the log, not for the caller.
    #[error("the token is not valid: {0}")]
    Invalid(String),
    /// The token is good, but not for this.
    #[error("the token does not carry the scope `{0}`")]
    InsufficientScope(Scope),
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keys are no JWK Set.
    #[error(
        "the token keys are not a JWK Set (RFC 7517): {0}; an example that is: \
         {{\"keys\":[{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"2026\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}}]}}"
    )]
    Keys(#[source] serde_json::Error),
    /// A key of a kind that is not taken.
    #[error("the token key {kid:?} is of no kind that is taken: an Ed25519 key (EdDSA) or a P-256 key (ES256)")]
    Kind {
        /// The key's id.
        kid: String,
    },
    /// A key that is of a known kind, but broken.
    #[error("the token key {kid:?} cannot be used: {reason}")]
    Broken {
        /// The key's id.
        kid: String,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    scope: String,
    name: Option<String>,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

/// Checks tokens against configured keys, an issuer and an audience.
pub struct Verifier {
    keys: Vec<Key>,
    issuer: String,
    audience: String,
}

impl Verifier {
    /// A verifier for the public keys of a JWK Set, as JSON.
    pub fn new(keys: &str, issuer: &str, audience: &str) -> Result<Self, Error> {
        let set: JwkSet = serde_json::from_str(keys).map_err(Error::Keys)?;
        let keys = set.keys.iter().map(usable).collect::<Result<_, _>>()?;
        Ok(Self {
            keys,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// Who is calling, from the value of the `Authorization` header, provided that the token carries the scope.
    pub fn authenticate(&self, authorization: Option<&str>, scope: Scope) -> Result<Caller, Denied> {
        let token = authorization.and_then(bearer).ok_or(Denied::Missing)?;
        if token.len() > LONGEST_TOKEN {
            return Err(Denied::Invalid(format!("it is longer than {LONGEST_TOKEN} bytes")));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| denied(&error))?;
        let key = self.key(header.kid.as_deref(), header.alg)?;

        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let token =
            jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).map_err(|error| denied(&error))?;

        let claims = token.claims;
        if !claims.scope.split(' ').any(|word| word == scope.word()) {
            return Err(Denied::InsufficientScope(scope));
        }
        Ok(Caller {
            subject: claims.sub,
            name: claims.name,
        })
    }

    fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&Key, Denied> {
        let key = match id {
            Some(id) => self.keys.iter().find(|key| key.id.as_deref() == Some(id)),
            // Without a key id there must be no choice.
            None => self.keys.first().filter(|_| self.keys.len() == 1),
        };
        let key = key.ok_or_else(|| Denied::Invalid("it is signed with an unknown key".into()))?;
        if key.algorithm != algorithm {
            return Err(Denied::Invalid(format!("its key is not for {algorithm:?}")));
        }
        Ok(key)
    }
}

/// The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1); the scheme is case-insensitive.
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn usable(jwk: &Jwk) -> Result<Key, Error> {
    let id = jwk.common.key_id.clone();
    let kid = id.clone().unwrap_or_default();
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => Algorithm::ES256,
        _ => return Err(Error::Kind { kid }),
    };
    let decoding = DecodingKey::from_jwk(jwk).map_err(|error| Error::Broken {
        kid,
        reason: error.to_string(),
    })?;
    Ok(Key {
        id,
        algorithm,
        decoding,
    })
}

fn denied(error: &jsonwebtoken::errors::Error) -> Denied {
    match error.kind() {
        ErrorKind::ExpiredSignature => Denied::Expired,
        ErrorKind::ImmatureSignature => Denied::NotYetValid,
        _ => Denied::Invalid(error.to_string()),
    }
}

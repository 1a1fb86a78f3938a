//! Whether a token is good, and what it says.

use std::cell::RefCell;
use std::collections::HashMap;

use jsonwebtoken::Validation;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::caller::{Caller, Denied};
use crate::key_set::{Found, KeySet};
use crate::owner::{DEFAULT_TENANT, Owner};
use crate::scope::Scopes;

/// How far the clocks of the issuer and of this machine may disagree at most, in seconds.
pub const MOST_SKEW_SECONDS: u32 = 300;

/// The longest token that is looked at, in bytes. Providers' tokens have one or two thousand.
const LONGEST_TOKEN: usize = 8 * 1024;

/// The longest tenant or subject, in bytes (`OpenID` Connect Core, section 2).
const LONGEST_NAME: usize = 255;

/// How many tokens whose signature was found good are remembered.
const MOST_REMEMBERED: usize = 256;

/// What tokens must say, beyond being signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The `iss` claim.
    pub issuer: String,
    /// What the `aud` claim must be, or name among others.
    pub audience: String,
    /// The claim that names the caller's tenant. Without one, everybody is of the same tenant.
    pub tenant_claim: Option<String>,
    /// How far the clocks of the issuer and of this machine may disagree, in seconds; up to [`MOST_SKEW_SECONDS`].
    pub skew_seconds: u32,
}

/// Checks tokens against keys and a policy.
///
/// It remembers the tokens whose signature was good, by their digest, and what they say: checking a signature is by far
/// the most of the work. Times are held against the clock whenever a token is shown.
pub struct Verifier {
    keys: KeySet,
    policy: Policy,
    remembered: RefCell<HashMap<[u8; 32], Said>>,
}

/// What a token says that was issued for this application by its provider.
#[derive(Debug, Clone)]
struct Said {
    caller: Caller,
    expires: f64,
    begins: Option<f64>,
}

impl Verifier {
    /// A verifier for these keys and this policy.
    pub fn new(keys: KeySet, policy: Policy) -> Self {
        Self {
            keys,
            policy,
            remembered: RefCell::default(),
        }
    }

    /// Who is calling, from the value of the `Authorization` header, at a time in seconds since 1970.
    pub fn authenticate(&self, authorization: Option<&str>, now: u64) -> Result<Caller, Denied> {
        let token = authorization.and_then(bearer).ok_or(Denied::Missing)?;
        if token.len() > LONGEST_TOKEN {
            return Err(Denied::Invalid(format!("it is longer than {LONGEST_TOKEN} bytes")));
        }
        let digest = Sha256::digest(token).into();
        let remembered = self.remembered.borrow().get(&digest).cloned();
        let said = match remembered {
            Some(said) => said,
            None => self.read(token)?,
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have room in 52 bits")]
        let (now, skew) = (now as f64, f64::from(self.policy.skew_seconds.min(MOST_SKEW_SECONDS)));
        if now >= said.expires + skew {
            self.remembered.borrow_mut().remove(&digest);
            return Err(Denied::Expired);
        }
        let caller = said.caller.clone();
        let begins = said.begins;
        self.remember(digest, said);
        match begins {
            Some(begins) if now + skew < begins => Err(Denied::NotYetValid),
            _ => Ok(caller),
        }
    }

    fn remember(&self, digest: [u8; 32], said: Said) {
        let mut remembered = self.remembered.borrow_mut();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.entry(digest).or_insert(said);
    }

    /// Checks a token's signature, and that it is from the issuer and for this application.
    fn read(&self, token: &str) -> Result<Said, Denied> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| invalid(&error))?;
        // Extensions that must be understood (RFC 7515, section 4.1.11): none is.
        if header.crit.is_some() {
            return Err(Denied::Invalid("its header has critical extensions".into()));
        }
        // What is signed for other purposes by the same keys, such as logout tokens, is no access token (RFC 8725,
        // section 3.11). Many providers write no type, or the general one.
        if !header.typ.as_deref().is_none_or(is_token_type) {
            return Err(Denied::Invalid("it is of another type".into()));
        }
        let key = match self.keys.find(header.kid.as_deref(), header.alg) {
            Found::Key(key) => key,
            Found::OtherAlgorithm => return Err(Denied::Invalid(format!("its key is not for {:?}", header.alg))),
            Found::Unknown => return Err(Denied::UnknownKey),
        };
        let mut signature_alone = Validation::new(key.algorithm);
        signature_alone.validate_exp = false;
        signature_alone.validate_aud = false;
        signature_alone.required_spec_claims.clear();
        let token = jsonwebtoken::decode::<Map<String, Value>>(token, &key.decoding, &signature_alone)
            .map_err(|error| invalid(&error))?;
        self.said(&token.claims)
            .map_err(|what| Denied::Invalid(format!("its claim {what}")))
    }

    fn said(&self, claims: &Map<String, Value>) -> Result<Said, String> {
        if text(claims, "iss") != Some(&self.policy.issuer) {
            return Err("`iss` is another".into());
        }
        let audience = self.policy.audience.as_str();
        let is_meant = match claims.get("aud") {
            Some(Value::String(only)) => only == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            _ => false,
        };
        if !is_meant {
            return Err("`aud` is another".into());
        }
        let tenant = match &self.policy.tenant_claim {
            Some(claim) => name(claims, claim)?,
            None => DEFAULT_TENANT.to_owned(),
        };
        Ok(Said {
            caller: Caller {
                owner: Owner {
                    tenant,
                    subject: name(claims, "sub")?,
                },
                name: text(claims, "name").map(ToOwned::to_owned),
                scopes: scopes(claims),
            },
            expires: time(claims, "exp")?.ok_or("`exp` is missing")?,
            begins: time(claims, "nbf")?,
        })
    }
}

/// The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1); the scheme is case-insensitive.
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// `JWT` (RFC 7519, section 5.1) or `at+jwt` (RFC 9068, section 2.1), with the prefix of their media type or without.
fn is_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

fn text<'a>(claims: &'a Map<String, Value>, claim: &str) -> Option<&'a str> {
    claims.get(claim).and_then(Value::as_str)
}

/// A claim that names somebody or something.
fn name(claims: &Map<String, Value>, claim: &str) -> Result<String, String> {
    let name = text(claims, claim).ok_or_else(|| format!("`{claim}` is missing"))?;
    if (1..=LONGEST_NAME).contains(&name.len()) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{claim}` is no name"))
    }
}

/// The end of the year 9999, behind which there is no date (RFC 3339): a token is not good for ever.
const AFTER_ALL_TIMES: f64 = 253_402_300_800.0;

/// A `NumericDate` (RFC 7519, section 2): seconds since 1970, perhaps with a fraction.
fn time(claims: &Map<String, Value>, claim: &str) -> Result<Option<f64>, String> {
    claims
        .get(claim)
        .map(|time| {
            let time = time.as_f64().filter(|time| *time < AFTER_ALL_TIMES);
            time.ok_or_else(|| format!("`{claim}` is no time"))
        })
        .transpose()
}

/// The words of the claim `scope` (RFC 8693, section 4.2), or, where there is none, of `scp`, as some providers call it. Either
/// is a text of words with spaces between, or a list of words.
fn scopes(claims: &Map<String, Value>) -> Scopes {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(words)) => words.split(' ').collect(),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Scopes::default(),
    }
}

fn invalid(error: &jsonwebtoken::errors::Error) -> Denied {
    Denied::Invalid(error.to_string())
}

//! The identity provider's public keys: a JWK Set (RFC 7517).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most bytes that a set of keys has. Providers' have some thousand.
pub const LARGEST_SET: usize = 64 * 1024;

/// The most keys of a set that are looked at.
const MOST_KEYS: usize = 64;

/// How many bits an RSA modulus may have (RFC 7518, section 3.3, for the least; for the most, what checking may cost).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Why a set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is too large to be looked at.
    #[error("the token keys have more than {LARGEST_SET} bytes")]
    TooLarge,
    /// It is no JWK Set.
    #[error(
        "the token keys are not a JWK Set (RFC 7517): {0}; an example that is: \
         {{\"keys\":[{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"2026\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}}]}}"
    )]
    NotASet(#[source] serde_json::Error),
    /// None of its keys checks signatures that are taken.
    #[error(
        "none of the token keys is one that is taken, for signatures with EdDSA (Ed25519), ES256 (P-256) or RS256 \
         (RSA, 2048 to 4096 bits): {0}"
    )]
    NoneUsable(String),
}

/// A key that checks signatures.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) id: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
    jwk: Jwk,
}

/// The keys of a set that check signatures which are taken. Providers publish others beside them: for encryption, of other
/// kinds; they are passed over, and a token can never choose one.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a JWK Set. At least one of its keys must be of use.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }

        if json.len() > LARGEST_SET {
            return Err(Error::TooLarge);
        }
        let set: Set = serde_json::from_slice(json).map_err(Error::NotASet)?;
        let (mut keys, mut refused) = (Vec::new(), Vec::new());
        for key in set.keys.iter().take(MOST_KEYS) {
            match usable(key) {
                Ok(key) => keys.push(key),
                Err(reason) => {
                    let id = key.get("kid").and_then(Value::as_str).unwrap_or("(without an id)");
                    refused.push(format!("{id:?} {reason}"));
                }
            }
        }
        if keys.is_empty() {
            let reasons = if refused.is_empty() {
                "there is no key".into()
            } else {
                refused.join("; ")
            };
            return Err(Error::NoneUsable(reasons));
        }
        Ok(Self { keys })
    }

    /// The same keys as a JWK Set, and nothing of what else there was.
    pub fn to_json(&self) -> Value {
        let keys: Vec<_> = self.keys.iter().map(|key| &key.jwk).collect();
        json!({ "keys": keys })
    }

    /// The key that a token's header chooses: by id and algorithm together, since two kinds of key may have one id.
    /// Without an id there must be no choice.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let Some(id) = id else {
            return match self.keys.as_slice() {
                [only] if only.algorithm == algorithm => Found::Key(only),
                [_] => Found::OtherAlgorithm,
                _ => Found::Unknown,
            };
        };
        let mut named = self.keys.iter().filter(|key| key.id.as_deref() == Some(id)).peekable();
        if named.peek().is_none() {
            return Found::Unknown;
        }
        named
            .find(|key| key.algorithm == algorithm)
            .map_or(Found::OtherAlgorithm, Found::Key)
    }
}

/// What looking for a token's key comes to.
pub(crate) enum Found<'a> {
    Key(&'a Key),
    /// The key that is named is not for the algorithm that is named.
    OtherAlgorithm,
    Unknown,
}

/// A key that checks signatures which are taken, or why it does not. The algorithm is the key's, never the token's.
fn usable(value: &Value) -> Result<Key, String> {
    let mut jwk = Jwk::deserialize(value).map_err(|error| format!("cannot be read: {error}"))?;
    let (algorithm, declared) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(rsa) => {
            let bits = bits(&rsa.n)?;
            if !RSA_BITS.contains(&bits) {
                return Err(format!("is an RSA key of {bits} bits"));
            }
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        _ => return Err("is of no kind that is taken".into()),
    };
    let common = &jwk.common;
    if common.key_algorithm.is_some_and(|other| other != declared) {
        return Err(format!("is for another algorithm than {algorithm:?}"));
    }
    if common
        .public_key_use
        .as_ref()
        .is_some_and(|other| *other != PublicKeyUse::Signature)
    {
        return Err("is not for signatures".into());
    }
    if common
        .key_operations
        .as_ref()
        .is_some_and(|operations| !operations.contains(&KeyOperations::Verify))
    {
        return Err("is not for checking signatures".into());
    }
    let decoding = DecodingKey::from_jwk(&jwk).map_err(|error| format!("is broken: {error}"))?;
    // Certificates are nobody's business here.
    jwk.common.x509_url = None;
    jwk.common.x509_chain = None;
    Ok(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        decoding,
        jwk,
    })
}

/// The length of a number in base64url, in bits.
fn bits(number: &str) -> Result<usize, String> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(number)
        .map_err(|error| format!("is broken: {error}"))?;
    let first = bytes.iter().position(|byte| *byte != 0);
    Ok(first.map_or(0, |first| {
        (bytes.len() - first) * 8 - bytes[first].leading_zeros() as usize
    }))
}

//! Keys of every kind, and tokens signed with them.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use access::{KeySet, Policy, Verifier};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

pub(crate) const ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICSc9AcnXr3ycmdyxMttXz6eKBWzl/eM8/gEHv8Yk6nM
-----END PRIVATE KEY-----";
pub(crate) const OTHER_ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIBloppg65kQUXyJknowDebOraSTJ0HKVmk2HjzzSufrl
-----END PRIVATE KEY-----";
pub(crate) const P256: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHZ2HMKLkLkObJ/xO
pkB/gxR00LDBrQmPOHGS+L6UZWuhRANCAATVjXt80MDWK2zKdPefrdj8e3a1bU/r
abknxbFvpvnGTNHb6xhsLno//wFWsiHr8ks2QUwVCzgb4Kz7BnF1l+kb
-----END PRIVATE KEY-----";
pub(crate) const RSA: &[u8] = include_bytes!("rsa-2048.pem");
pub(crate) const SMALL_RSA: &[u8] = include_bytes!("rsa-1024.pem");

pub(crate) const ISSUER: &str = "https://login.school.example";

/// The time at which all tests take place, in seconds.
pub(crate) const NOW: u64 = 1_796_000_000;

pub(crate) const SKEW: u32 = 60;

/// A key pair of the provider's.
pub(crate) struct Pair {
    pub(crate) id: &'static str,
    pub(crate) algorithm: Algorithm,
    pub(crate) private: EncodingKey,
}

impl Pair {
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_naming(Some(self.id), claims)
    }

    /// A token that says that it is signed with this key. Signing with RSA takes long without optimization, so what was signed
    /// once is not signed again.
    pub(crate) fn token_naming(&self, kid: Option<&str>, claims: &Value) -> String {
        static SIGNED: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);
        let what = format!("{} {kid:?} {claims}", self.id);
        let mut signed = SIGNED.lock().unwrap();
        let sign = || token(self.algorithm, kid, claims, &self.private);
        signed.entry(what).or_insert_with(sign).clone()
    }
}

/// One key of each kind that is taken.
pub(crate) fn pairs() -> [Pair; 3] {
    [
        Pair {
            id: "ed",
            algorithm: Algorithm::EdDSA,
            private: EncodingKey::from_ed_pem(ED25519.as_bytes()).unwrap(),
        },
        Pair {
            id: "ec",
            algorithm: Algorithm::ES256,
            private: EncodingKey::from_ec_pem(P256.as_bytes()).unwrap(),
        },
        Pair {
            id: "rsa",
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_pem(RSA).unwrap(),
        },
    ]
}

pub(crate) fn key_set(jwks: &[Value]) -> String {
    json!({ "keys": jwks }).to_string()
}

pub(crate) fn policy() -> Policy {
    Policy {
        issuer: ISSUER.into(),
        audience: "dossier".into(),
        tenant_claim: None,
        skew_seconds: SKEW,
    }
}

pub(crate) fn verifier() -> Verifier {
    verifier_with(policy())
}

pub(crate) fn verifier_with(policy: Policy) -> Verifier {
    let jwks = pairs().map(|pair| pair.jwk());
    Verifier::new(KeySet::from_json(key_set(&jwks).as_bytes()).unwrap(), policy)
}

pub(crate) fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "dossier", "sub": "t-17", "name": "Ada Moreau", "exp": NOW + 600,
            "scope": "submit evaluate", "tenant": "north/3" })
}

pub(crate) fn token(algorithm: Algorithm, kid: Option<&str>, claims: &Value, key: &EncodingKey) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(ToOwned::to_owned);
    encode(&header, claims, key)
}

pub(crate) fn encode(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    format!("Bearer {}", jsonwebtoken::encode(header, claims, key).unwrap())
}

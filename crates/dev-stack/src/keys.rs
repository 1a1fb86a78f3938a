//! The identity provider of the development stack: one Ed25519 key, and tokens signed with it.
//!
//! In production an identity provider signs tokens, and the application knows the provider's public keys. Here the
//! private key lies in the data folder, so that a developer can be a teacher, an evaluator and an operator at once.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Error, folder, secrets};

/// The `iss` claim of the stack's tokens, and the application's variable `token_issuer`.
pub const ISSUER: &str = "dossier-development";

/// The `aud` claim of the stack's tokens, and the application's variable `token_audience`.
pub const AUDIENCE: &str = "dossier";

/// The claim that names the caller's tenant, and the application's variable `token_tenant_claim`.
pub const TENANT_CLAIM: &str = "tenant";

/// The tenant of whom nothing else is said: that of the ready-made tokens.
pub const TENANT: &str = "default";

/// What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The signing key.
pub struct Keys {
    private: EncodingKey,
    public: Jwk,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("id", &self.public.common.key_id)
            .finish_non_exhaustive()
    }
}

/// Whom a token is for, and for what.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The `sub` claim.
    pub subject: String,
    /// The `name` claim.
    pub name: Option<String>,
    /// The [`TENANT_CLAIM`]: a school, a district, a programme.
    pub tenant: String,
    /// The `scope` claim (RFC 8693, section 4.2): words separated by spaces.
    pub scope: String,
    /// For how many seconds the token is good; a negative number makes one that expired so long ago.
    pub seconds: i64,
}

impl Caller {
    /// A caller of the tenant [`TENANT`] with one scope, whose token is good for a week.
    pub fn new(subject: &str, name: &str, scope: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            name: Some(name.to_owned()),
            tenant: TENANT.to_owned(),
            scope: scope.to_owned(),
            seconds: 7 * 86_400,
        }
    }
}

/// Ready-made tokens for the three roles.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// Scope `submit`.
    pub teacher: String,
    /// Scope `evaluate`.
    pub evaluator: String,
    /// Scope `operate`.
    pub operator: String,
}

impl Keys {
    /// The key in the file `path`, made at the first time.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let pem = match std::fs::read_to_string(path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let pem = generate()?;
                folder::write_private(path, pem.as_bytes())?;
                pem
            }
            Err(error) => return Err(Error::file("read", path)(error)),
        };
        Self::from_pem(&pem).map_err(|error| Error::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    fn from_pem(pem: &str) -> Result<Self, jsonwebtoken::errors::Error> {
        let private = EncodingKey::from_ed_pem(pem.as_bytes())?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::EdDSA)?;
        public.common.key_id = Some(public.thumbprint(ThumbprintHash::SHA256)?);
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { private, public })
    }

    /// The public key as a JWK Set (RFC 7517): the application's variable `token_keys`.
    pub fn public(&self) -> JwkSet {
        JwkSet {
            keys: vec![self.public.clone()],
        }
    }

    /// A token for this caller, by the clock of this machine.
    pub fn token(&self, caller: &Caller) -> Result<String, jsonwebtoken::errors::Error> {
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": caller.subject,
            (TENANT_CLAIM): caller.tenant,
            "scope": caller.scope,
            "iat": now.min(now + caller.seconds),
            "exp": now + caller.seconds,
        });
        if let Some(name) = &caller.name {
            claims["name"] = json!(name);
        }
        self.sign(&claims)
    }

    /// A token with any claims at all, to try what the application makes of them.
    pub fn sign(&self, claims: &serde_json::Value) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid.clone_from(&self.public.common.key_id);
        jsonwebtoken::encode(&header, claims, &self.private)
    }

    /// Tokens for a teacher, an evaluator and an operator, good for a week.
    pub fn tokens(&self) -> Result<Tokens, jsonwebtoken::errors::Error> {
        Ok(Tokens {
            teacher: self.token(&Caller::new("teacher", "Tomás Teacher", "submit"))?,
            evaluator: self.token(&Caller::new("evaluator", "Eva Evaluator", "evaluate"))?,
            operator: self.token(&Caller::new("operator", "Odile Operator", "operate"))?,
        })
    }
}

/// A new private key, as PEM (RFC 7468) so that other tools can read it.
fn generate() -> Result<String, Error> {
    let mut key = PKCS8_PREFIX.to_vec();
    key.extend_from_slice(&secrets::random::<32>()?);
    Ok(format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(key)
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;

    #[test]
    fn the_public_key_verifies_what_the_kept_key_signs() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("signing-key.pem");
        let token = Keys::open(&path).unwrap().tokens().unwrap().evaluator;

        // Opened again, as at the next start.
        let public = Keys::open(&path).unwrap().public();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let key = DecodingKey::from_jwk(public.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation)
            .unwrap()
            .claims;
        assert_eq!(claims["sub"], "evaluator");
        assert_eq!(claims["scope"], "evaluate");
        assert!(
            !serde_json::to_string(&public).unwrap().contains("\"d\""),
            "a private key is in the JWK Set"
        );
    }

    #[test]
    fn a_broken_key_file_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("signing-key.pem");
        std::fs::write(&path, "not a key").unwrap();
        let message = Keys::open(&path).unwrap_err().to_string();
        assert!(message.contains("signing-key.pem cannot be used"), "{message}");
    }
}

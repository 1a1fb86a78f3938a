//! The sender's side.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::key::{self, InvalidKey, PRIVATE, PUBLIC};
use crate::message::signed;

/// Signs messages with one key.
#[derive(Clone)]
pub struct Signer(Key);

#[derive(Clone)]
enum Key {
    Secret(Hmac<Sha256>),
    Private(Box<SigningKey>),
}

/// Shows what sort of key it has, and not the key.
impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Key::Secret(_) => "Signer(v1)",
            Key::Private(_) => "Signer(v1a)",
        })
    }
}

impl FromStr for Signer {
    type Err = InvalidKey;

    /// Reads a secret (`whsec_…`) or a private key (`whsk_…`: the seed of Ed25519, alone or with the public key behind it).
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        if text.starts_with(PUBLIC) {
            return Err(InvalidKey::Public);
        }
        let Some(private) = text.strip_prefix(PRIVATE) else {
            let mac = Hmac::new_from_slice(&key::secret(text)?).map_err(|_| InvalidKey::NotBase64)?;
            return Ok(Self(Key::Secret(mac)));
        };
        let bytes = key::decoded(private)?;
        let (seed, public) = bytes.split_first_chunk::<32>().ok_or(InvalidKey::NotEd25519)?;
        let key = SigningKey::from_bytes(seed);
        if !public.is_empty() && public != key.verifying_key().as_bytes() {
            return Err(InvalidKey::NotEd25519);
        }
        Ok(Self(Key::Private(Box::new(key))))
    }
}

impl Signer {
    /// The signature of a message that is sent at a time (in seconds since 1970), with its version before it.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let content = signed(id, &timestamp.to_string(), body);
        let encoded = |signature: &[u8]| BASE64_STANDARD.encode(signature);
        match &self.0 {
            Key::Secret(mac) => format!(
                "v1,{}",
                encoded(&mac.clone().chain_update(&content).finalize().into_bytes())
            ),
            Key::Private(key) => format!("v1a,{}", encoded(&key.sign(&content).to_bytes())),
        }
    }

    /// The public key (`whpk_…`) that receivers need; none for a secret, which both sides have.
    pub fn public_key(&self) -> Option<String> {
        match &self.0 {
            Key::Secret(_) => None,
            Key::Private(key) => Some(format!("{PUBLIC}{}", BASE64_STANDARD.encode(key.verifying_key()))),
        }
    }
}

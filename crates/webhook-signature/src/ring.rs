//! The receiver's side.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::key::{self, InvalidKey, PRIVATE, PUBLIC};
use crate::message::{Message, Refused, signed};

/// How many signatures a message may have.
const MOST_SIGNATURES: usize = 16;

/// The keys whose signatures are good. An empty ring believes nobody.
#[derive(Clone, Default)]
pub struct KeyRing {
    secrets: Vec<Vec<u8>>,
    public_keys: Vec<VerifyingKey>,
}

/// Shows how many keys there are, and none of them.
impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyRing")
            .field("secrets", &self.secrets.len())
            .field("public_keys", &self.public_keys.len())
            .finish()
    }
}

impl FromStr for KeyRing {
    type Err = InvalidKey;

    /// Reads keys separated by white space: secrets (`whsec_…`) and public keys (`whpk_…`).
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let mut ring = Self::default();
        for word in text.split_whitespace() {
            if word.starts_with(PRIVATE) {
                return Err(InvalidKey::Private);
            }
            match word.strip_prefix(PUBLIC) {
                Some(public) => {
                    let bytes = key::decoded(public)?.try_into().map_err(|_| InvalidKey::NotEd25519)?;
                    let public = VerifyingKey::from_bytes(&bytes).map_err(|_| InvalidKey::NotEd25519)?;
                    // Under a key of small order, signatures that nobody made are right.
                    if public.is_weak() {
                        return Err(InvalidKey::NotEd25519);
                    }
                    ring.public_keys.push(public);
                }
                None => ring.secrets.push(key::secret(word)?),
            }
        }
        Ok(ring)
    }
}

impl KeyRing {
    /// Whether a message was signed with one of the keys, at about this time (`now`, in seconds since 1970).
    ///
    /// A signature's version says what sort of key made it, and no other sort is tried: a public key is never taken for
    /// a secret.
    pub fn verify(&self, now: i64, message: &Message<'_>) -> Result<(), Refused> {
        message.check(now)?;
        if message.signature.split(' ').count() > MOST_SIGNATURES {
            return Err(Refused::TooManySignatures);
        }
        let content = signed(message.id, message.timestamp, message.body);
        let signatures = message.signature.split(' ').filter_map(|word| {
            let (version, base64) = word.split_once(',')?;
            Some((version, BASE64_STANDARD.decode(base64).ok()?))
        });
        for (version, signature) in signatures {
            let is_right = match version {
                "v1" => self.made_with_secret(&content, &signature),
                "v1a" => self.made_with_private_key(&content, &signature),
                // Other versions are for other readers.
                _ => false,
            };
            if is_right {
                return Ok(());
            }
        }
        Err(Refused::Signature)
    }

    fn made_with_secret(&self, content: &[u8], signature: &[u8]) -> bool {
        self.secrets.iter().any(|secret| {
            Hmac::<Sha256>::new_from_slice(secret)
                // In constant time.
                .is_ok_and(|mac| mac.chain_update(content).verify_slice(signature).is_ok())
        })
    }

    fn made_with_private_key(&self, content: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| {
            self.public_keys
                .iter()
                .any(|key| key.verify_strict(content, &signature).is_ok())
        })
    }
}

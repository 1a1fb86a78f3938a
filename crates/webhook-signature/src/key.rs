//! How keys are written: a prefix that says what they are, and base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a symmetric secret begins with.
pub(crate) const SECRET: &str = "whsec_";
/// What a private key begins with.
pub(crate) const PRIVATE: &str = "whsk_";
/// What a public key begins with.
pub(crate) const PUBLIC: &str = "whpk_";

/// How many bytes a symmetric secret may have: 192 to 512 bits.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The specification's implementations take keys with padding and without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a key cannot be used. The key itself is not shown: this goes into logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// What follows the prefix is not base64.
    #[error("a key is not whsec_, whpk_ or whsk_ and base64")]
    NotBase64,
    /// A secret is too short to be one, or longer than the specification allows.
    #[error("a secret has {0} bytes; it must have 24 to 64")]
    SecretLength(usize),
    /// An Ed25519 key has another length, or is no point of the curve.
    #[error("an Ed25519 key (whpk_ or whsk_) is none")]
    NotEd25519,
    /// A receiver was given the sender's private key, with which it could sign.
    #[error("a private key (whsk_) belongs to the sender alone: the receiver needs the public one (whpk_)")]
    Private,
    /// A sender was given a public key, with which nobody can sign.
    #[error("a public key (whpk_) signs nothing: the sender needs the private one (whsk_)")]
    Public,
}

/// The bytes of a key, without its prefix.
pub(crate) fn decoded(base64: &str) -> Result<Vec<u8>, InvalidKey> {
    BASE64.decode(base64).map_err(|_| InvalidKey::NotBase64)
}

/// A symmetric secret. One without a prefix is taken for one, as by the specification's implementations.
pub(crate) fn secret(text: &str) -> Result<Vec<u8>, InvalidKey> {
    let secret = decoded(text.strip_prefix(SECRET).unwrap_or(text))?;
    if SECRET_BYTES.contains(&secret.len()) {
        Ok(secret)
    } else {
        Err(InvalidKey::SecretLength(secret.len()))
    }
}

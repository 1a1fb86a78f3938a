//! Requests that are sent twice and should count once.

use api::Problem;
use http::HeaderMap;
use ledger::Idempotency;
use sha2::Digest as _;

/// The longest `Idempotency-Key` that is taken, in characters.
const LONGEST_KEY: usize = 255;

/// The request's idempotency key, if it has one, with the digest of what it asks for. `place` tells apart requests that
/// have the same body and mean something else.
pub(crate) fn of(headers: &HeaderMap, place: &str, body: &[u8]) -> Result<Option<Idempotency>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Problem::invalid_parameter(
            "Idempotency-Key",
            format!("The key has 1 to {LONGEST_KEY} ASCII characters."),
        )
    })?;
    let digest = sha2::Sha256::new().chain_update(place).chain_update(body).finalize();
    Ok(Some(Idempotency {
        key: key.to_owned(),
        fingerprint: portfolio::Sha256::from(<[u8; 32]>::from(digest)).to_string(),
    }))
}

//! A set of keys on its way from the component that fetches it to those that check tokens.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `token-keys` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedKeys {
    /// The keys, as a JWK Set: see [`crate::KeySet::to_json`].
    pub set: Value,
    /// When they were fetched: in milliseconds since 1970, by the clock of the deployment's Redis. Whoever misses a key in
    /// this set says so by this number.
    pub fetched_at: u64,
    /// For how many seconds nobody needs to ask again.
    pub fresh_seconds: u64,
    /// Whether somebody is asking the provider at this moment: who misses a key now may find it in a moment.
    pub pending: bool,
}

//! How values cross between Rust and Lua.
//!
//! Durations cross as whole milliseconds. What the ledger only carries (facts, details) crosses as JSON text inside a
//! string, because Lua's JSON would not give it back unchanged: it turns `[]` into `{}`, and large integers into
//! approximations.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use crate::{Facts, Limits};

/// Longer waits are cut to this: a hundred years, which every step from here to Redis represents exactly.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// The milliseconds of a duration, as scripts take it.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.min(LONGEST).as_millis()).unwrap_or(u64::MAX)
}

/// Each fact's name with its value as JSON text, as scripts take it. The patch's nulls stay what they are: they remove.
pub(crate) fn facts_as_text(facts: &Facts) -> Value {
    facts
        .iter()
        .map(|(name, value)| (name.clone(), Value::String(value.to_string())))
        .collect()
}

/// Reads what [`facts_as_text`] wrote.
pub(crate) fn facts_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Facts, D::Error> {
    let texts = Map::deserialize(deserializer)?;
    texts
        .into_iter()
        .map(|(name, text)| {
            let text = text.as_str().ok_or_else(|| D::Error::custom("a fact is not text"))?;
            Ok((name, serde_json::from_str(text).map_err(D::Error::custom)?))
        })
        .collect()
}

/// Reads a value that travelled as JSON text.
pub(crate) fn value_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Option::<String>::deserialize(deserializer)?
        .map(|text| serde_json::from_str(&text).map_err(D::Error::custom))
        .transpose()
}

/// Reads a duration in milliseconds.
pub(crate) fn duration_from_milliseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
}

/// Reads a queue's limits, which were kept as they were given.
pub(crate) fn limits_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limits, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map_or_else(
        || Ok(Limits::default()),
        |text| serde_json::from_str(&text).map_err(D::Error::custom),
    )
}

/// A duration as a number of milliseconds, both ways.
pub(crate) mod in_milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(super::milliseconds(*duration))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

//! A call: which script to run, with what, and how to read its answer.

use std::{fmt, sync::OnceLock, time::Duration};

use serde_json::Value;

use crate::Error;

/// What every script begins with: the subjects that operations share, each building on those before it.
const SUBJECTS: &str = concat!(
    include_str!("../lua/prelude.lua"),
    include_str!("../lua/counters.lua"),
    include_str!("../lua/bell.lua"),
    include_str!("../lua/retention.lua"),
    include_str!("../lua/document.lua"),
    include_str!("../lua/idempotency.lua"),
    include_str!("../lua/flow_control.lua"),
    include_str!("../lua/queue.lua"),
    include_str!("../lua/dead_letters.lua"),
    include_str!("../lua/erasure.lua"),
    include_str!("../lua/view.lua"),
);

/// One of the ledger's scripts, as Redis is given it.
pub struct Script {
    name: &'static str,
    body: &'static str,
    text: OnceLock<Text>,
}

struct Text {
    source: String,
    sha1_hex: String,
}

impl Script {
    pub(crate) const fn new(name: &'static str, body: &'static str) -> Self {
        Self {
            name,
            body,
            text: OnceLock::new(),
        }
    }

    /// The script's name, for logs and metrics.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The whole source, as `EVAL` and `SCRIPT LOAD` take it.
    pub fn source(&self) -> &str {
        &self.text().source
    }

    /// The SHA-1 of the source in lower-case hexadecimal: the name under which Redis keeps it.
    pub fn sha1_hex(&self) -> &str {
        &self.text().sha1_hex
    }

    fn text(&self) -> &Text {
        self.text.get_or_init(|| {
            let source = format!("{SUBJECTS}\n{}", self.body);
            let sha1_hex = sha1_smol::Sha1::from(&source).digest().to_string();
            Text { source, sha1_hex }
        })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Script").field(&self.name).finish()
    }
}

/// An operation on the ledger, ready to be sent, that answers with an `R`.
///
/// Send `EVALSHA` with [`arguments`](Self::arguments); if Redis answers [`Fault::NoScript`](crate::Fault::NoScript),
/// send `EVAL` with [`eval_arguments`](Self::eval_arguments). Give the answer, one bulk string, to
/// [`decode`](Self::decode).
///
/// A call whose answer was lost may be sent again. What moves a document moves it once: the second answer says that it
/// has moved. What [`receive`](crate::Ledger::receive) took and nobody heard of comes back when its lease is over.
#[must_use = "a call does nothing until it is sent to Redis"]
pub struct Call<R> {
    script: &'static Script,
    root: String,
    arguments: String,
    clock_offset: String,
    decode: fn(&[u8]) -> Result<R, serde_json::Error>,
}

impl<R> Call<R> {
    pub(crate) fn new(
        script: &'static Script,
        root: &str,
        arguments: Value,
        clock_offset: Duration,
        decode: fn(&[u8]) -> Result<R, serde_json::Error>,
    ) -> Self {
        Self {
            script,
            root: root.to_owned(),
            arguments: without_nulls(arguments).to_string(),
            clock_offset: clock_offset.as_millis().to_string(),
            decode,
        }
    }

    /// The script that does it.
    pub const fn script(&self) -> &'static Script {
        self.script
    }

    /// The arguments of `EVALSHA`: the script's SHA-1, the number of keys, the keys, the arguments.
    pub fn arguments(&self) -> Vec<Vec<u8>> {
        self.following(self.script.sha1_hex())
    }

    /// The arguments of `EVAL`: the same, with the script's source in the place of its SHA-1.
    pub fn eval_arguments(&self) -> Vec<Vec<u8>> {
        self.following(self.script.source())
    }

    /// Reads the answer.
    pub fn decode(&self, reply: &[u8]) -> Result<R, Error> {
        (self.decode)(reply).map_err(|reason| Error {
            script: self.script.name,
            reason,
        })
    }

    fn following(&self, script: &str) -> Vec<Vec<u8>> {
        [script, "1", &self.root, &self.arguments, &self.clock_offset]
            .into_iter()
            .map(|argument| argument.as_bytes().to_vec())
            .collect()
    }
}

impl<R> fmt::Debug for Call<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("script", &self.script.name)
            .field("root", &self.root)
            .field("arguments", &self.arguments)
            .finish_non_exhaustive()
    }
}

/// Lua reads a JSON `null` as a value of its own that counts as true; an absent field is `nil`. So nothing is sent as
/// `null`. (What callers pass through, facts and details, travels as text inside strings and is not touched.)
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

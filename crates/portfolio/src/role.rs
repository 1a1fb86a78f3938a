//! The names of the files that belong to a document.
//!
//! A review gives back files, and each has a role: `text`, `findings`, `captions`. Roles are chosen by vendors' adapters
//! and end up in object keys and URLs, so only names that are harmless in both can be made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The role of a file: 1 to 64 characters of `a-z`, `0-9` and `-`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(String);

impl Role {
    /// The role of the original, as the teacher uploaded it. No vendor's file may have it.
    pub const SOURCE: &'static str = "source";

    /// The role as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the role names the original rather than a file that came back.
    pub fn is_source(&self) -> bool {
        self.0 == Self::SOURCE
    }
}

/// A text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role has 1 to 64 characters of a-z, 0-9 and -, and begins with a letter")]
pub struct InvalidRole;

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ordinary = text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let begins_with_letter = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if ordinary && begins_with_letter && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRole)
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

//! The ids of submissions and documents.
//!
//! They are `UUIDv7` (RFC 9562, section 5.7): nobody has to be asked for the next one, and sorted ids are in the order
//! of their creation. In text they have exactly one spelling, lower case with hyphens, because ids are parts of object
//! keys and of URLs: two spellings of one id would be two objects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID of version 7 in lower case, such as 0197c2a0-6d5e-7cc1-8a2b-3f4e5d6c7b8a")]
pub struct InvalidId;

fn parse(text: &str) -> Result<Uuid, InvalidId> {
    let uuid = Uuid::try_parse(text).map_err(|_| InvalidId)?;
    // `try_parse` also takes upper case, braces, URNs and no hyphens at all.
    let canonical = uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
    if canonical && uuid.get_version_num() == 7 {
        Ok(uuid)
    } else {
        Err(InvalidId)
    }
}

macro_rules! id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, from the system's clock and random numbers.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id made from a time and random bits, for callers that bring both: milliseconds since the Unix epoch
            /// (the upper 16 of 64 bits are ignored), and 80 bits of which 74 are used.
            pub fn from_parts(unix_milliseconds: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_milliseconds, &random).into_uuid())
            }

            /// The UUID itself.
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id! {
    /// The id of a submission: what one teacher hands in at once.
    SubmissionId
}

id! {
    /// The id of a document: one file of a submission, and everything that became of it.
    DocumentId
}

//! Lists, one page at a time.
//!
//! A page says where the next one begins with an opaque cursor. Cursors stay good while items come and go, which
//! numbers of pages do not.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::problem::Problem;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins: for the query parameter `after`. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub next: Option<Cursor>,
}

/// A place in a list, which only the server that gave it out understands: `base64url` without padding (RFC 4648,
/// section 5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    position: String,
}

/// The most characters that a cursor has.
const CURSOR_CHARACTERS: usize = 512;

impl Cursor {
    /// The cursor for a place that the server describes in its own words.
    pub fn new(position: impl Into<String>) -> Self {
        Self {
            position: position.into(),
        }
    }

    /// The place, in the words of the server that made the cursor. A client may have made it up.
    pub fn position(&self) -> &str {
        &self.position
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor: take it, unchanged, from \"next\" of the page before")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&BASE64_URL_SAFE_NO_PAD.encode(&self.position))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.len() > CURSOR_CHARACTERS {
            return Err(InvalidCursor);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        Ok(Self {
            position: String::from_utf8(bytes).map_err(|_| InvalidCursor)?,
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Cursor {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[A-Za-z0-9_-]{1,512}$"))
            .description(Some(
                "An opaque cursor: take it, unchanged, from `next` of the page before.",
            ))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Cursor {}

/// Which page of a list is wanted: the query parameters `after` and `limit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Where the page begins; at the beginning of the list if absent.
    pub after: Option<Cursor>,
    /// The most items that the page should have.
    pub limit: u32,
}

impl PageRequest {
    /// How many items a page has when nobody says otherwise.
    pub const DEFAULT_LIMIT: u32 = 50;
    /// The most items a page can have.
    pub const MAX_LIMIT: u32 = 200;

    /// Reads `after` and `limit` from a request's query, without its question mark. Other parameters are ignored; a limit
    /// above [`PageRequest::MAX_LIMIT`] is a wish that is granted as far as possible.
    pub fn from_query(query: Option<&str>) -> Result<Self, Problem> {
        let mut request = Self {
            after: None,
            limit: Self::DEFAULT_LIMIT,
        };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "after" => {
                    let cursor = value.parse().map_err(|error: InvalidCursor| {
                        Problem::invalid_parameter("after", format!("The cursor cannot be read: {error}."))
                    })?;
                    request.after = Some(cursor);
                }
                "limit" => {
                    request.limit = value
                        .parse()
                        .ok()
                        .filter(|limit| *limit > 0)
                        .map(|limit: u32| limit.min(Self::MAX_LIMIT))
                        .ok_or_else(|| {
                            let most = Self::MAX_LIMIT;
                            Problem::invalid_parameter("limit", format!("The limit is a number from 1 to {most}."))
                        })?;
                }
                _ => {}
            }
        }
        Ok(request)
    }
}

/// The value of one parameter of a query, decoded: the first, if it is there several times.
pub fn query_parameter(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

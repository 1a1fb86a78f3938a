//! Entity tags (RFC 9110, section 8.8.3), by which a client asks whether what it has is still what there is.

use std::fmt;

/// A strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of a version. Of the version only the characters that may stand in a tag are kept; versions that are
    /// numbers, digests or ids come through unchanged.
    pub fn new(version: impl fmt::Display) -> Self {
        let allowed = |character: &char| matches!(character, '\u{21}' | '\u{23}'..='\u{7E}');
        Self(version.to_string().chars().filter(allowed).collect())
    }

    /// Whether the value of an `If-None-Match` field names this tag, so that the answer is 304. The comparison is weak
    /// (RFC 9110, section 13.1.2): proxies that compress turn strong tags into weak ones.
    pub fn is_named_by(&self, if_none_match: &str) -> bool {
        if if_none_match.trim() == "*" {
            return true;
        }
        // Commas may stand within a tag, so the list is read tag by tag.
        let mut rest = if_none_match;
        while let Some((_, from_tag)) = rest.split_once('"') {
            let Some((tag, after)) = from_tag.split_once('"') else {
                return false;
            };
            if tag == self.0 {
                return true;
            }
            rest = after;
        }
        false
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.0)
    }
}

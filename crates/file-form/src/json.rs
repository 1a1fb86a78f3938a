//! JSON (RFC 8259), read once and without being built: the rules are a tree that is walked along with the text.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Wrong, wrong};

/// One rule about a JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonRule {
    /// Where: a JSON Pointer (RFC 6901) in which the segment `*` stands for every element of an array.
    pub pointer: String,
    /// What must be there. What stands on the way to it without a rule of its own must be an object or an array.
    pub kind: JsonType,
    /// Whether something must be there. What may be absent may also be `null`.
    pub required: bool,
}

/// A kind of JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JsonType {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A string.
    String,
    /// Any number.
    Number,
    /// A number without a fraction that is not negative.
    UnsignedInteger,
    /// `true` or `false`.
    Boolean,
}

impl JsonType {
    fn described(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::UnsignedInteger => "a whole number that is not negative",
            Self::Boolean => "true or false",
        }
    }
}

pub(crate) fn check(rules: &[JsonRule], bytes: &[u8]) -> Result<(), Wrong> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut tree = Node::default();
    for rule in rules {
        tree.plant(rule);
    }
    tree.imply();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Place {
        node: &tree,
        pointer: String::new(),
    }
    .deserialize(&mut deserializer)
    .and_then(|()| deserializer.end());
    read.map_err(|error| {
        if error.is_data() {
            wrong(error.to_string())
        } else {
            wrong(format!("it is not JSON ({error})"))
        }
    })
}

/// The rules for one place, and below it.
#[derive(Debug, Default)]
struct Node {
    kind: Option<JsonType>,
    required: bool,
    members: BTreeMap<String, Node>,
    elements: Option<Box<Node>>,
}

impl Node {
    fn plant(&mut self, rule: &JsonRule) {
        let mut node = self;
        for segment in rule.pointer.split('/').skip(1) {
            node = if segment == "*" {
                node.elements.get_or_insert_default()
            } else {
                let name = segment.replace("~1", "/").replace("~0", "~");
                node.members.entry(name).or_default()
            };
        }
        node.kind = Some(rule.kind);
        node.required = rule.required;
    }

    /// What stands on the way to a value without a rule of its own is an object or an array, and is required if what it
    /// leads to is.
    fn imply(&mut self) {
        self.members.values_mut().for_each(Self::imply);
        if let Some(elements) = &mut self.elements {
            elements.imply();
        }
        if self.kind.is_none() {
            self.required = self.members.values().any(|member| member.required);
            self.kind = match (&self.elements, self.members.is_empty()) {
                (Some(_), _) => Some(JsonType::Array),
                (None, false) => Some(JsonType::Object),
                (None, true) => None,
            };
        }
    }
}

/// A place in the text, and the rules for it.
struct Place<'a> {
    node: &'a Node,
    pointer: String,
}

impl Place<'_> {
    fn expect<E: serde::de::Error>(&self, fits: impl Fn(JsonType) -> bool, found: &str) -> Result<(), E> {
        match self.node.kind {
            Some(kind) if !fits(kind) => Err(E::custom(format_args!(
                "{} is {found}, not {}",
                self.named(),
                kind.described()
            ))),
            _ => Ok(()),
        }
    }

    fn named(&self) -> &str {
        if self.pointer.is_empty() {
            "the whole"
        } else {
            &self.pointer
        }
    }

    fn below(&self, segment: impl fmt::Display) -> String {
        format!("{}/{segment}", self.pointer)
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        if self.node.required {
            self.expect(|_| false, "null")
        } else {
            Ok(())
        }
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.expect(|kind| kind == JsonType::Boolean, "true or false")
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.expect(
            |kind| matches!(kind, JsonType::Number | JsonType::UnsignedInteger),
            "a number",
        )
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.expect(|kind| kind == JsonType::Number, "a negative number")
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.expect(|kind| kind == JsonType::Number, "a number with a fraction")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.expect(|kind| kind == JsonType::String, "a string")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        self.expect(|kind| kind == JsonType::Array, "an array")?;
        let Some(node) = self.node.elements.as_deref() else {
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        for index in 0_u64.. {
            let place = Place {
                node,
                pointer: self.below(index),
            };
            if sequence.next_element_seed(place)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.expect(|kind| kind == JsonType::Object, "an object")?;
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let Some((name, node)) = self.node.members.get_key_value(&name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let pointer = self.below(name);
            if !seen.insert(name) {
                return Err(A::Error::custom(format_args!("{pointer} is there twice")));
            }
            map.next_value_seed(Place { node, pointer })?;
        }
        for (name, node) in &self.node.members {
            if node.required && !seen.contains(name) {
                return Err(A::Error::custom(format_args!("{} is missing", self.below(name))));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn rules() -> Vec<JsonRule> {
        let rule = |pointer: &str, kind, required| JsonRule {
            pointer: pointer.into(),
            kind,
            required,
        };
        vec![
            rule("", JsonType::Object, true),
            rule("/status", JsonType::String, true),
            rule("/words", JsonType::Array, false),
            rule("/words/*/start", JsonType::UnsignedInteger, true),
            rule("/words/*/confidence", JsonType::Number, false),
            rule("/a~1b", JsonType::Boolean, false),
            rule("/deep/er/still", JsonType::String, false),
        ]
    }

    #[test]
    fn what_fulfils_the_rules_is_taken_whatever_else_it_has() {
        for text in [
            r#"{"status":"completed"}"#,
            r#"{"status":"completed","words":null,"other":[{"start":"x"}]}"#,
            r#"{"words":[{"start":0,"confidence":1},{"start":18446744073709551615,"confidence":null}],"status":"","a/b":true}"#,
        ] {
            assert_eq!(check(&rules(), text.as_bytes()), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_said_with_its_place() {
        for (text, says) in [
            ("", "it is not JSON"),
            ("NaN", "it is not JSON"),
            ("{\"status\":\"\"} {}", "it is not JSON"),
            ("[]", "the whole is an array, not an object"),
            ("{}", "/status is missing"),
            (r#"{"status":null}"#, "/status is null"),
            (r#"{"status":"a","status":"b"}"#, "/status is there twice"),
            (r#"{"status":"","words":{}}"#, "/words is an object"),
            (
                r#"{"status":"","words":[{"start":1},{"start":-1}]}"#,
                "/words/1/start is a negative number",
            ),
            (r#"{"status":"","words":[{"start":1.5}]}"#, "/words/0/start"),
            (r#"{"status":"","words":[{"start":1e400}]}"#, "it is not JSON"),
            (r#"{"status":"","a/b":0}"#, "/a/b is a number"),
            (
                r#"{"status":"","deep":{"er":""}}"#,
                "/deep/er is a string, not an object",
            ),
        ] {
            let reason = check(&rules(), text.as_bytes()).unwrap_err().to_string();
            assert!(reason.contains(says), "{text}: {reason}");
        }
        // What leads to something that is required is required itself.
        let far = JsonRule {
            pointer: "/language/code".into(),
            kind: JsonType::String,
            required: true,
        };
        for (text, says) in [
            ("{}", "/language is missing"),
            ("[]", "not an object"),
            (r#"{"language":{}}"#, "/language/code is missing"),
        ] {
            let reason = check(std::slice::from_ref(&far), text.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(reason.contains(says), "{text}: {reason}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!(
            "{{\"status\":\"\",\"other\":{}{}}}",
            "[".repeat(200_000),
            "]".repeat(200_000)
        );
        assert_eq!(check(&rules(), deep.as_bytes()), Ok(()));
    }
}

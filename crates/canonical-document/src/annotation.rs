//! A reviewer's remarks, as Web Annotations.
//!
//! The subset of the Web Annotation Data Model (<https://www.w3.org/TR/annotation-model/>) that reviews need: textual
//! bodies with a purpose, and targets that are a whole file, a stretch of text, or a stretch of time. An annotation
//! that is taken out of the document becomes a complete one by adding
//! `"@context": "http://www.w3.org/ns/anno.jsonld"` and making the target's source, which is a file's role here, the
//! address of that file.

use portfolio::Role;
use serde::{Deserialize, Deserializer, Serialize};

use crate::fragment::TimeFragment;

/// One remark of a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = with_type))]
#[serde(tag = "type")]
pub struct Annotation {
    /// Why the remark was made.
    pub motivation: Motivation,
    /// What is remarked. Empty where pointing at the place says it all, as when highlighting.
    pub body: Vec<Body>,
    /// What it is about.
    pub target: Target,
}

impl<'de> Deserialize<'de> for Annotation {
    /// Reading a structure, `serde` would not look at its tag.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(tag = "type")]
        enum Tagged {
            Annotation {
                motivation: Motivation,
                body: Vec<Body>,
                target: Target,
            },
        }
        let Tagged::Annotation {
            motivation,
            body,
            target,
        } = Tagged::deserialize(deserializer)?;
        Ok(Self {
            motivation,
            body,
            target,
        })
    }
}

/// Adds the tag that `serde` writes, which the schema's generator does not know of for structures.
#[cfg(feature = "schema")]
fn with_type(schema: &mut schemars::Schema) {
    let object = schema.ensure_object();
    if let Some(properties) = object.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
        properties.insert("type".to_owned(), serde_json::json!({ "const": "Annotation" }));
    }
    if let Some(required) = object.get_mut("required").and_then(serde_json::Value::as_array_mut) {
        required.push("type".into());
    }
}

/// Why a remark was made, or what one body of it is for: the motivations of the Web Annotation Vocabulary that reviews
/// use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Motivation {
    /// To judge.
    Assessing,
    /// To comment.
    Commenting,
    /// To say what is there.
    Describing,
    /// To propose a change; a body with this purpose is the text to put there instead, and an empty one proposes to leave
    /// the passage out.
    Editing,
    /// To point out.
    Highlighting,
    /// To ask.
    Questioning,
    /// To label: the value is a word of a vocabulary, such as the name of a rule.
    Tagging,
}

/// One part of what is remarked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
pub enum Body {
    /// Plain text.
    TextualBody {
        /// What the text is for.
        purpose: Motivation,
        /// The text. Plain text whatever it looks like: never to be shown as HTML.
        value: String,
    },
}

/// What a remark is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Target {
    /// The role of the file that is meant: one of the document's `files`, or `source`.
    pub source: Role,
    /// The part of the file that is meant; all of it where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selector: Option<Selector>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
pub enum Selector {
    /// A stretch of text. An empty one is a place between two characters.
    TextPositionSelector {
        /// The first character, counted in Unicode code points from 0.
        start: u64,
        /// One past the last character.
        end: u64,
        /// The characters themselves, by which the place is found again when the text has moved.
        #[serde(rename = "refinedBy", skip_serializing_if = "Option::is_none", default)]
        refined_by: Option<Refinement>,
    },
    /// A stretch of time.
    FragmentSelector {
        /// Always the specification of media fragments.
        #[serde(rename = "conformsTo")]
        conforms_to: MediaFragments,
        /// The stretch, as `t=START,END` in seconds: `t=12.3,15`.
        value: TimeFragment,
    },
}

/// How a stretch of text is found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
pub enum Refinement {
    /// By quoting it.
    TextQuoteSelector {
        /// The characters that are meant.
        exact: String,
    },
}

/// The specification that a media fragment follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(inline))]
pub enum MediaFragments {
    /// Media Fragments URI 1.0.
    #[default]
    #[serde(rename = "http://www.w3.org/TR/media-frags/")]
    Version1,
}

impl Selector {
    /// The characters from `start` up to, not including, `end`, in Unicode code points from 0, with the characters
    /// themselves if they are known.
    pub fn text(start: u64, end: u64, quote: Option<String>) -> Self {
        let refined_by = quote.map(|exact| Refinement::TextQuoteSelector { exact });
        Self::TextPositionSelector { start, end, refined_by }
    }

    /// The time between two instants, in milliseconds from the beginning.
    pub fn time(start_milliseconds: u64, end_milliseconds: u64) -> Self {
        Self::FragmentSelector {
            conforms_to: MediaFragments::Version1,
            value: TimeFragment {
                start: start_milliseconds,
                end: end_milliseconds,
            },
        }
    }
}

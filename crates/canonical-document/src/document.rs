//! The document and what it says about text, sound, pictures and files.

use jiff::Timestamp;
use portfolio::{DocumentId, Kind, Role, Sha256, SubmissionId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::annotation::Annotation;

/// A document as evaluators read it: what was reviewed, by whom, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NormalizedDocument {
    /// Which version of this structure it is.
    pub schema: SchemaVersion,
    /// The submission that the document belongs to.
    pub submission: SubmissionId,
    /// The document's id.
    pub document: DocumentId,
    /// What the document is.
    pub kind: Kind,
    /// The submission's title, as its teacher typed it.
    pub title: String,
    /// The document's language as a BCP 47 tag, where the review recognized one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// The file that the teacher uploaded.
    pub source: Source,
    /// The review that this document is the result of.
    pub review: Review,
    /// The document's text, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<Text>,
    /// The document's sound and pictures, where it has any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media: Option<Media>,
    /// What the reviewer remarked, in the reviewer's order.
    pub annotations: Vec<Annotation>,
    /// The files that the review gave back, and those made of them. The original is not among them: it is `source`.
    pub files: Vec<File>,
}

/// The mark of version 1, which is a URI and not necessarily the address of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SchemaVersion;

impl SchemaVersion {
    /// The version's number.
    pub const NUMBER: u16 = 1;

    /// What the `schema` member says, and the `$id` of the JSON Schema.
    pub const URI: &'static str = "https://dossier-project.github.io/schemas/normalized-document/1";
}

impl Serialize for SchemaVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::URI)
    }
}

impl<'de> Deserialize<'de> for SchemaVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let uri = String::deserialize(deserializer)?;
        if uri == Self::URI {
            Ok(Self)
        } else {
            Err(de::Error::custom(format_args!(
                "\"{uri}\" is not the version that is read here, \"{}\"",
                Self::URI
            )))
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SchemaVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SchemaVersion".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": Self::URI })
    }
}

/// The file that the teacher uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    /// The file's name on the teacher's machine: any Unicode text, never to be used as a path.
    pub name: String,
    /// Its media type (RFC 6838), without parameters.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256, where it is known: the client may have declared it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<Sha256>,
    /// The entity tag (RFC 9110, section 8.8.3) that the bucket gave to the file that was reviewed, where it is known: the catalog
    /// leads to no other file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entity_tag: Option<String>,
    /// Where it can be fetched, relative to the origin of the catalog.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uri-reference")))]
    pub href: String,
}

/// Who reviewed the document, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Review {
    /// The third party's short name.
    pub vendor: String,
    /// The third party's own id of the review.
    pub id: String,
    /// When the third party was asked, by Dossier's clock.
    pub requested_at: Timestamp,
    /// When the third party finished, by its own clock, which may differ.
    pub completed_at: Timestamp,
    /// The adapter that turned the third party's answer into this document.
    pub adapter: Adapter,
}

/// The adapter that made a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Adapter {
    /// The adapter's name.
    pub name: String,
    /// Its version (semantic versioning).
    pub version: String,
}

/// The document's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Text {
    /// Its length in Unicode code points.
    pub characters: u64,
    /// Its length in words, as the reviewer counts them.
    pub words: u64,
    /// The role of the file that holds it, as plain text in UTF-8.
    pub file: Role,
}

/// The document's sound and pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Media {
    /// How long it plays.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub duration_seconds: f64,
    /// The pictures, where there are any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub video: Option<VideoTrack>,
    /// The sound, where there is any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audio: Option<AudioTrack>,
}

/// A track of pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoTrack {
    /// The codec, as RFC 6381 writes it (`avc1.640028`).
    pub codec: String,
    /// Width in pixels.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub width: u32,
    /// Height in pixels.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub height: u32,
    /// Frames per second.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0)))]
    pub frame_rate: f64,
}

/// A track of sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AudioTrack {
    /// The codec, as RFC 6381 writes it (`mp4a.40.2`).
    pub codec: String,
    /// How many channels it has: 1 is mono, 2 is stereo.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub channels: u16,
    /// Samples per second.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub sample_rate: u32,
}

/// A file that the review gave back, or that was made of those.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// What the file is to the document; no two files have the same role.
    pub role: Role,
    /// Its media type (RFC 6838), without parameters.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// The review did not give it back: the adapter made it of what the review gave back, such as captions of a transcript.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub derived: bool,
    /// Where it can be fetched, relative to the origin of the catalog.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uri-reference")))]
    pub href: String,
}

/// Where the catalog answers for a file of a document: an absolute path, for [`File::href`] and [`Source::href`].
pub fn file_href(document: DocumentId, role: &str) -> String {
    format!("/v1/catalog/documents/{document}/files/{role}")
}

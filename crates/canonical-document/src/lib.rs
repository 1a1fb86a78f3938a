//! The canonical document: what every evaluator reads, whichever third party reviewed it.
//!
//! Third parties answer in their own formats. Dossier turns each answer into one [`NormalizedDocument`], which says what
//! was reviewed, by whom, what there is in it (text, sound, pictures), what the reviewer remarked, and where the files
//! are. Remarks are Web Annotations (<https://www.w3.org/TR/annotation-model/>), so tools that know those can show them.
//!
//! A document is versioned by its `schema` member. Within a version, members may be added and readers ignore those that
//! they do not know; nothing is removed and nothing changes its meaning. The JSON Schema is committed as
//! `docs/schemas/normalized-document-1.json` and generated from these types (feature `schema`); what a schema cannot
//! say, [`NormalizedDocument::validate`] checks.
//!
//! ```
//! use canonical_document::NormalizedDocument;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let json = include_str!("../examples/lesson-plan.json");
//! let document: NormalizedDocument = serde_json::from_str(json)?;
//! assert_eq!(document.validate(), Ok(()));
//! # Ok(())
//! # }
//! ```

pub mod annotation;
pub mod document;
pub mod fragment;
#[cfg(feature = "schema")]
pub mod schema;
pub mod validation;

pub use annotation::{Annotation, Body, Motivation, Refinement, Selector, Target};
pub use document::{
    Adapter, AudioTrack, File, Media, NormalizedDocument, Review, SchemaVersion, Source, Text, VideoTrack, file_href,
};
pub use fragment::TimeFragment;
pub use validation::Violation;

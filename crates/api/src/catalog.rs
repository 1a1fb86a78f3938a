//! What there is to read for evaluators.
//!
//! The documents themselves are canonical documents (the crate `canonical-document`); these are the lists that lead
//! there. Only documents that are ready are in the catalog.

use jiff::Timestamp;
use portfolio::{DocumentId, Kind, SubmissionId};
use serde::{Deserialize, Serialize};

/// A submission as evaluators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogSubmission {
    /// The submission's id.
    pub id: SubmissionId,
    /// What it is called.
    pub title: String,
    /// What the teacher who handed it in is called, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub teacher: Option<String>,
    /// Its documents that are ready.
    pub documents: Vec<CatalogDocument>,
}

/// A document in the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatalogDocument {
    /// The document's id.
    pub id: DocumentId,
    /// The file's name.
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// The media type of the original.
    pub media_type: String,
    /// The short name of the third party that reviewed it.
    pub vendor: String,
    /// How many remarks there are.
    pub annotations: u64,
    /// When it became ready, or was last renewed.
    pub normalized_at: Timestamp,
    /// Where the canonical document is: an absolute path.
    #[cfg_attr(feature = "openapi", schema(format = "uri-reference"))]
    pub href: String,
}

/// Where the catalog answers with a canonical document: an absolute path, for [`CatalogDocument::href`].
pub fn document_href(document: DocumentId) -> String {
    format!("/v1/catalog/documents/{document}")
}

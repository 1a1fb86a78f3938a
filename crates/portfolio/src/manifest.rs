//! A submission as it lies in the bucket.
//!
//! The manifest is written when the submission is created, before anything is uploaded, and again whenever its teacher
//! changes it. If everything that is in flight is lost, the manifest says what there was.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::declaration::{Declaration, DeclaredDocument};
use crate::digest::Sha256;
use crate::evaluators::Evaluators;
use crate::facts::Facts;
use crate::id::{DocumentId, SubmissionId};
use crate::kind::{Kind, MediaType};

/// The JSON that is kept under [`crate::keys::manifest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which version of this structure it is: [`Manifest::SCHEMA`].
    pub schema: String,
    /// The submission's id.
    pub submission: SubmissionId,
    /// The tenant that it belongs to.
    pub tenant: String,
    /// Who handed it in: the subject of the token that created it, within the tenant.
    pub owner: String,
    /// What that person is called, if the token said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner_name: Option<String>,
    /// The submission's title.
    pub title: String,
    /// Who may read it.
    pub evaluators: Evaluators,
    /// Since when that is so.
    pub assigned_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was withdrawn, if it was: then nothing in it is to be set on its way again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub withdrawn_at: Option<Timestamp>,
    /// Its documents, in the order in which they were declared.
    pub documents: Vec<ManifestDocument>,
}

/// One document of a [`Manifest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestDocument {
    /// The document's id.
    pub id: DocumentId,
    /// The file's name on the teacher's machine.
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// Its media type.
    pub media_type: MediaType,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256, if it was declared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<Sha256>,
}

impl ManifestDocument {
    /// A document that was accepted, under its new id.
    pub fn new(id: DocumentId, declared: DeclaredDocument) -> Self {
        Self {
            id,
            name: declared.name,
            kind: declared.kind,
            media_type: declared.media_type,
            size: declared.size,
            sha256: declared.sha256,
        }
    }
}

/// Who hands something in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// The tenant.
    pub tenant: String,
    /// The subject, within the tenant.
    pub subject: String,
    /// What people call them, where it is known.
    pub name: Option<String>,
}

impl Manifest {
    /// What [`Manifest::schema`] says in this version.
    pub const SCHEMA: &'static str = "https://dossier-project.github.io/schemas/manifest/1";

    /// The manifest of a declaration that was accepted. `evaluators` may read it where the declaration says nothing of them;
    /// `document` gives the id of each document in turn.
    pub fn new(
        submission: SubmissionId,
        created_by: Creator,
        created_at: Timestamp,
        declaration: Declaration,
        evaluators: Evaluators,
        mut document: impl FnMut() -> DocumentId,
    ) -> Self {
        let documents = declaration
            .documents
            .into_iter()
            .map(|declared| ManifestDocument::new(document(), declared))
            .collect();
        Self {
            schema: Self::SCHEMA.to_owned(),
            submission,
            tenant: created_by.tenant,
            owner: created_by.subject,
            owner_name: created_by.name,
            title: declaration.title,
            evaluators: declaration.evaluators.unwrap_or(evaluators),
            assigned_at: created_at,
            created_at,
            withdrawn_at: None,
            documents,
        }
    }

    /// The facts with which a document of this submission sets out.
    pub fn facts(&self, document: &ManifestDocument) -> Facts {
        Facts {
            submission: self.submission,
            title: self.title.clone(),
            name: document.name.clone(),
            kind: document.kind,
            media_type: document.media_type,
            size: document.size,
            sha256: document.sha256,
            upload_id: None,
            received: None,
            etag: None,
            checked: None,
            normalized: false,
            requested_at: None,
        }
    }
}

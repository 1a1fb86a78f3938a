//! What teachers hand in, and what becomes of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
pub use ledger::State;
use portfolio::{DocumentId, Evaluators, Kind, MediaType, Sha256, SubmissionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

// Clients send this. The server reads it with `portfolio::Declaration::from_json`, which tells everything that is wrong.
/// What a teacher is about to upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSubmission {
    /// What the submission is called: 1 to 200 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "Photosynthesis, grade 7")
    )]
    pub title: String,
    /// Who may read it among the evaluators of the teacher's tenant. Where it is not said, the deployment decides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub evaluators: Option<Evaluators>,
    /// Its documents: 1 to 20.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 20))]
    pub documents: Vec<NewDocument>,
}

/// A document that is about to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    /// The file's name: 1 to 255 characters, any Unicode text without control characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 255, example = "photosynthesis.md")
    )]
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// Its media type, one that the kind takes.
    pub media_type: MediaType,
    /// Its length in bytes.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub size: u64,
    /// Its SHA-256 in hexadecimal, if the client can compute it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub sha256: Option<Sha256>,
}

/// What a submission is to be called from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTitle {
    /// The title: 1 to 200 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub title: String,
}

/// Who may read a submission from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEvaluators {
    /// Those who may.
    pub evaluators: Evaluators,
}

/// Who may read a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assigned {
    /// The submission's id.
    pub submission: SubmissionId,
    /// Who may read it.
    pub evaluators: Evaluators,
    /// The documents that could be read already, and are written again for that. Until then, which takes a moment, they are read by
    /// those who could read them before.
    pub renewed: Vec<DocumentId>,
}

/// A submission as its teacher sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    /// The submission's id.
    pub id: SubmissionId,
    /// What it is called.
    pub title: String,
    /// Who may read it among the evaluators of the teacher's tenant.
    pub evaluators: Evaluators,
    /// Where it stands as a whole.
    pub state: SubmissionState,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its documents, in the order in which they were declared.
    pub documents: Vec<Document>,
}

/// A submission in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionSummary {
    /// The submission's id.
    pub id: SubmissionId,
    /// What it is called.
    pub title: String,
    /// Where it stands as a whole.
    pub state: SubmissionState,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its documents, in the order in which they were declared.
    pub documents: Vec<DocumentSummary>,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DocumentSummary {
    /// The document's id.
    pub id: DocumentId,
    /// The file's name.
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// Where it is on its way.
    pub state: State,
    /// Since when it is there.
    pub since: Timestamp,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub failure: Option<Failure>,
}

/// A document as its teacher sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Document {
    /// The document's id.
    pub id: DocumentId,
    /// The file's name.
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// Its media type.
    pub media_type: MediaType,
    /// Its length in bytes, as it was declared.
    pub size: u64,
    /// Its SHA-256 in hexadecimal, if the client told it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub sha256: Option<Sha256>,
    /// How many of its bytes the bucket has.
    pub received: u64,
    /// Where it is on its way.
    pub state: State,
    /// Since when it is there.
    pub since: Timestamp,
    /// How it got there, oldest first.
    pub history: Vec<Event>,
    /// How many attempts at the present stage have failed.
    pub attempts: u32,
    /// When the next attempt is made, if one is waiting for its time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub next_attempt_at: Option<Timestamp>,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub failure: Option<Failure>,
    /// How to upload it, while its upload is awaited.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub upload: Option<Upload>,
}

/// Something that happened to a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// What happened: a word in kebab-case. New words may be added.
    #[cfg_attr(feature = "openapi", schema(example = "sent"))]
    pub event: String,
    /// Where the document was afterwards.
    pub state: State,
    /// When it happened.
    pub at: Timestamp,
    /// More about it; what it contains depends on the event.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<Value>,
}

/// How to upload a document, straight to the bucket: whole, with one HTTP request, or in parts, each of whose requests
/// is signed when it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload {
    /// The object's key. The server alone decides it.
    pub key: String,
    /// The length of every part but the last, in bytes. Parts of any other length are refused.
    #[cfg_attr(feature = "openapi", schema(minimum = 5_242_880, example = 5_242_880))]
    pub part_size: u64,
    /// How many parts the document has.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10_000))]
    pub parts: u64,
    /// The multipart upload that was begun, if one was: its parts need not be sent again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub upload_id: Option<String>,
    /// Until when the upload must be finished. After that the document fails, and what has arrived is thrown away.
    pub finish_by: Timestamp,
    /// The method of the one request that uploads the document whole: `PUT`.
    #[cfg_attr(feature = "openapi", schema(example = "PUT"))]
    pub method: String,
    /// Where it goes: `curl -T FILE ADDRESS` is enough. Whoever has this address may upload, so it is as secret as a
    /// password. Absent for a document of more than 5 GiB, which no bucket takes whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(format = "uri", nullable = false))]
    pub url: Option<String>,
    /// Header fields that must be sent exactly like this: the digest, where one was announced, and otherwise none. A
    /// `Content-Type` need not be sent; if one is, it must be the document's `media_type`.
    pub headers: BTreeMap<String, String>,
    /// Until when the address is valid. A new one can be had at any time.
    pub expires_at: Timestamp,
}

/// Where a document is, now that its upload was noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Noticed {
    /// The document's id.
    pub document: DocumentId,
    /// Where it is on its way.
    pub state: State,
}

/// Why a document failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// A word in kebab-case, for programs. New words may be added.
    #[cfg_attr(feature = "openapi", schema(example = "not-what-it-says"))]
    pub code: String,
    /// A sentence or two, for people: what is wrong, and what can be done.
    pub message: String,
}

impl From<ledger::Failure> for Failure {
    fn from(failure: ledger::Failure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
        }
    }
}

/// Where a submission stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionState {
    /// At least one file has not arrived yet.
    AwaitingUpload,
    /// All files have arrived, and at least one is on its way.
    InProgress,
    /// Evaluators can read all documents.
    Ready,
    /// Nothing is on its way any more, and at least one document failed.
    Failed,
}

impl SubmissionState {
    /// Where a submission stands whose documents are in these states.
    pub fn of(documents: impl IntoIterator<Item = State>) -> Self {
        let mut whole = Self::Ready;
        for state in documents {
            whole = match (state, whole) {
                (State::AwaitingUpload, _) | (_, Self::AwaitingUpload) => Self::AwaitingUpload,
                (State::Ready, other) => other,
                (State::Failed, Self::Ready | Self::Failed) => Self::Failed,
                (_, _) => Self::InProgress,
            };
        }
        whole
    }
}

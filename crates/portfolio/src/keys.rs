//! The keys of all objects in the bucket.
//!
//! ```text
//! submissions/<submission>/manifest.json
//! submissions/<submission>/<document>/original
//! submissions/<submission>/<document>/callback.json
//! submissions/<submission>/<document>/returned/<role>
//! submissions/<submission>/<document>/partial/<role>
//! submissions/<submission>/<document>/verified.json
//! submissions/<submission>/<document>/derived/<role>
//! submissions/<submission>/<document>/normalized/<version>.json
//! ```
//!
//! Keys are made of ids and roles alone, never of what a person typed, so no name can reach outside its place, and
//! every key is plain ASCII.

use crate::id::{DocumentId, SubmissionId};
use crate::role::Role;

/// What every key of this project begins with.
pub const PREFIX: &str = "submissions/";

/// An object that belongs to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// The file as the teacher uploaded it.
    Original,
    /// The third party's callback, as it was received.
    Callback,
    /// A file that the third party gave back.
    Returned(Role),
    /// How much of such a file has arrived, as long as it is not all of it.
    Partial(Role),
    /// What was found correct among the returned files: all that it takes to normalize them again.
    Verified,
    /// A file that an adapter made of the returned ones.
    Derived(Role),
    /// The canonical document, in this version of its structure.
    Normalized(u16),
}

/// What the keys of all objects of a submission begin with.
pub fn of_submission(submission: &SubmissionId) -> String {
    format!("{PREFIX}{submission}/")
}

/// The key of a submission's [manifest](crate::manifest::Manifest).
pub fn manifest(submission: &SubmissionId) -> String {
    format!("{PREFIX}{submission}/manifest.json")
}

/// What the keys of all objects of a document begin with.
pub fn of_document(submission: &SubmissionId, document: &DocumentId) -> String {
    format!("{PREFIX}{submission}/{document}/")
}

/// The key of the file as the teacher uploaded it.
pub fn original(submission: &SubmissionId, document: &DocumentId) -> String {
    of(submission, document, &Object::Original)
}

/// The key of the third party's callback, as it was received.
pub fn callback(submission: &SubmissionId, document: &DocumentId) -> String {
    of(submission, document, &Object::Callback)
}

/// The key of a file that the third party gave back.
pub fn returned(submission: &SubmissionId, document: &DocumentId, role: &Role) -> String {
    of(submission, document, &Object::Returned(role.clone()))
}

/// The key of the record of how much of a returned file has arrived.
pub fn partial(submission: &SubmissionId, document: &DocumentId, role: &Role) -> String {
    of(submission, document, &Object::Partial(role.clone()))
}

/// The key of the record of what was found correct among the returned files.
pub fn verified(submission: &SubmissionId, document: &DocumentId) -> String {
    of(submission, document, &Object::Verified)
}

/// The key of a file that an adapter made of the returned ones.
pub fn derived(submission: &SubmissionId, document: &DocumentId, role: &Role) -> String {
    of(submission, document, &Object::Derived(role.clone()))
}

/// The key of the canonical document, in a version of its structure.
pub fn normalized(submission: &SubmissionId, document: &DocumentId, version: u16) -> String {
    of(submission, document, &Object::Normalized(version))
}

/// The key of any object of a document.
pub fn of(submission: &SubmissionId, document: &DocumentId, object: &Object) -> String {
    let place = format!("{PREFIX}{submission}/{document}");
    match object {
        Object::Original => place + "/original",
        Object::Callback => place + "/callback.json",
        Object::Returned(role) => format!("{place}/returned/{role}"),
        Object::Partial(role) => format!("{place}/partial/{role}"),
        Object::Verified => place + "/verified.json",
        Object::Derived(role) => format!("{place}/derived/{role}"),
        Object::Normalized(version) => format!("{place}/normalized/{version}.json"),
    }
}

/// What a key means; nothing for keys that this project does not make, and for manifests, which belong to no document
/// (see [`submission_of_manifest`]). The key is the plain one: notifications carry it URL-encoded.
pub fn parse(key: &str) -> Option<(SubmissionId, DocumentId, Object)> {
    let (submission, rest) = key.strip_prefix(PREFIX)?.split_once('/')?;
    let (document, rest) = rest.split_once('/')?;
    let object = match rest {
        "original" => Object::Original,
        "callback.json" => Object::Callback,
        "verified.json" => Object::Verified,
        file => match file.split_once('/')? {
            ("returned", role) => Object::Returned(role.parse().ok()?),
            ("partial", role) => Object::Partial(role.parse().ok()?),
            ("derived", role) => Object::Derived(role.parse().ok()?),
            ("normalized", name) => {
                let version: u16 = name.strip_suffix(".json")?.parse().ok()?;
                // One spelling for one key: no `01`, no `+1`.
                (name == format!("{version}.json")).then_some(Object::Normalized(version))?
            }
            _ => return None,
        },
    };
    Some((submission.parse().ok()?, document.parse().ok()?, object))
}

/// The submission whose manifest has this key.
pub fn submission_of_manifest(key: &str) -> Option<SubmissionId> {
    key.strip_prefix(PREFIX)?.strip_suffix("/manifest.json")?.parse().ok()
}

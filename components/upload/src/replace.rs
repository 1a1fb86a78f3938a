//! Another file in the place of one that failed.
//!
//! It gets an id, and with it a key, of its own: whatever is still said about the old file, by the bucket or a third
//! party, is about the old document.

use api::Problem;
use ledger::{Replace, Replaced};
use portfolio::{DeclaredDocument, DocumentId, Facts, ManifestDocument, SubmissionId, declaration};
use spin_edge::{Reply, audit, ledger_failed, read_json_bytes};
use spin_sdk::http::Request;

use crate::teacher::Teacher;
use crate::{create, idempotency, manifest};

pub(crate) async fn replace(
    teacher: &Teacher,
    request: Request,
    submission: &str,
    document: &str,
) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_json_bytes(&parts.headers, body, declaration::MAX_BYTES).await?;
    // Whose it is comes first: the document may have been replaced already, by this very request.
    let record = teacher.own(submission).await?;
    let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
    let idempotency = idempotency::of(&parts.headers, &document.to_string(), &body)?;
    let declared = DeclaredDocument::from_json(&body, &teacher.limits)?;

    let submission: SubmissionId = record.id.parse().map_err(Problem::internal)?;
    let new = ManifestDocument::new(DocumentId::generate(), declared);
    let facts = Facts {
        submission,
        title: record.title,
        name: new.name.clone(),
        kind: new.kind,
        media_type: new.media_type,
        size: new.size,
        sha256: new.sha256,
        upload_id: None,
        received: None,
        etag: None,
        checked: None,
        normalized: false,
        requested_at: None,
    };
    let replace = Replace {
        owner: record.owner,
        submission: record.id,
        document: document.to_string(),
        new: create::new_document(&new, facts)?,
        idempotency,
    };
    let call = teacher.client.ledger().replace_document(&replace);
    match teacher.client.run(call).await.map_err(ledger_failed)? {
        done @ (Replaced::Done | Replaced::Replayed) => {
            if done == Replaced::Done {
                audit("document-replaced", &teacher.permit.caller)
                    .submission(submission)
                    .document(document)
                    .write();
            }
            let reply = create::created(teacher, &submission).await?;
            manifest::erase(&submission, &document).await?;
            Ok(reply)
        }
        Replaced::KeyReused => Err(Problem::idempotency_key_reused()),
        Replaced::Refused(_) => Err(Problem::wrong_state(
            "Only a document that failed, and was neither replaced nor withdrawn, can be replaced.",
        )),
        Replaced::Unknown => Err(Problem::not_found()),
    }
}

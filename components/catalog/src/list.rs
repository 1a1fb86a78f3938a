//! From the database's rows to lists of submissions.

use api::Problem;
use api::catalog::{CatalogDocument, CatalogSubmission, document_href};
use catalog_database::Entry;

/// Groups rows, which are in the order of their submissions.
pub(crate) fn submissions(entries: Vec<Entry>) -> Result<Vec<CatalogSubmission>, Problem> {
    let mut submissions: Vec<CatalogSubmission> = Vec::new();
    for entry in entries {
        let id = entry.submission.parse().map_err(Problem::internal)?;
        if submissions.last().is_none_or(|last| last.id != id) {
            submissions.push(CatalogSubmission {
                id,
                title: entry.title.clone(),
                teacher: entry.teacher.clone(),
                documents: Vec::new(),
            });
        }
        let document = document(entry)?;
        if let Some(last) = submissions.last_mut() {
            last.documents.push(document);
        }
    }
    Ok(submissions)
}

fn document(entry: Entry) -> Result<CatalogDocument, Problem> {
    let id = entry.document.parse().map_err(Problem::internal)?;
    Ok(CatalogDocument {
        id,
        name: entry.name,
        kind: entry.kind.parse().map_err(Problem::internal)?,
        media_type: entry.media_type,
        vendor: entry.vendor,
        annotations: entry.annotations,
        normalized_at: entry.normalized_at.parse().map_err(Problem::internal)?,
        href: document_href(id),
    })
}

//! An evaluator, and what there is for them.

use access::Caller;
use api::Problem;
use catalog_database::{Content, Database, Viewer};
use portfolio::DocumentId;
use spin_edge::caller;
use spin_sdk::http::Request;

/// An evaluator, and the database, which holds for them what they may see and nothing else.
pub(crate) struct Reader {
    pub(crate) caller: Caller,
    pub(crate) viewer: Viewer,
    pub(crate) database: Database,
}

impl Reader {
    pub(crate) async fn of(request: &Request) -> Result<Self, Problem> {
        let caller = caller(request).await?.caller;
        Ok(Self {
            viewer: Viewer {
                tenant: caller.tenant().to_owned(),
                subject: caller.subject().to_owned(),
            },
            caller,
            database: Database::open().await.map_err(database_failed)?,
        })
    }

    /// A document, in the newest version of its structure up to `version`.
    pub(crate) async fn content(&self, document: &str, version: u16) -> Result<(DocumentId, Content), Problem> {
        let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
        let content = self
            .database
            .document(&self.viewer, &document.to_string(), version)
            .await
            .map_err(database_failed)?;
        Ok((document, content.ok_or_else(Problem::not_found)?))
    }
}

pub(crate) fn database_failed(error: catalog_database::Error) -> Problem {
    if error.is_transient() {
        Problem::unavailable(2, error)
    } else {
        Problem::internal(error)
    }
}

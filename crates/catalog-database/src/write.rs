//! The one statement that the pipeline makes.

use portfolio::Evaluators;
use spin_sdk::sqlite::Value;

use crate::{Database, Error, viewer};

const SCHEMA: &str = include_str!("../sql/schema.sql");
const INDEX_BY_TENANT: &str = include_str!("../sql/index_by_tenant.sql");
const INDEX_BY_SUBMISSION: &str = include_str!("../sql/index_by_submission.sql");
const UPSERT: &str = include_str!("../sql/upsert.sql");

/// A normalized document, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRow {
    /// The document's id.
    pub document: String,
    /// The version of the canonical document's structure.
    pub schema_version: u16,
    /// The submission's id.
    pub submission: String,
    /// The submission's title.
    pub title: String,
    /// The teacher's name, where it is known.
    pub teacher: Option<String>,
    /// The file's name.
    pub name: String,
    /// What the document is.
    pub kind: String,
    /// The original's media type.
    pub media_type: String,
    /// Who reviewed it.
    pub vendor: String,
    /// The adapter that made it of the vendor's answer.
    pub adapter: String,
    /// That adapter's version.
    pub adapter_version: String,
    /// How many remarks there are.
    pub annotations: u64,
    /// When it was normalized (RFC 3339).
    pub normalized_at: String,
    /// The digest of `body`: a row is replaced only by another content.
    pub sha256: String,
    /// The canonical document, in JSON.
    pub body: String,
    /// The tenant to which it belongs.
    pub tenant: String,
    /// Who may read it among the tenant's evaluators.
    pub evaluators: Evaluators,
    /// Since when, in milliseconds since 1970: a row is never replaced by one for an earlier time.
    pub assigned_at: u64,
}

impl Database {
    /// Writes a document: an upsert by document and content.
    pub async fn upsert(&self, row: NewRow) -> Result<(), Error> {
        match self.run(UPSERT, parameters(&row)).await {
            Err(error) if error.is_missing_table() => {
                self.run(SCHEMA, Vec::new()).await?;
                self.run(INDEX_BY_TENANT, Vec::new()).await?;
                self.run(INDEX_BY_SUBMISSION, Vec::new()).await?;
                self.run(UPSERT, parameters(&row)).await
            }
            other => other,
        }
    }
}

fn parameters(row: &NewRow) -> Vec<Value> {
    let text = |value: &String| Value::Text(value.clone());
    vec![
        text(&row.document),
        Value::Integer(row.schema_version.into()),
        text(&row.submission),
        text(&row.title),
        row.teacher.as_ref().map_or(Value::Null, text),
        text(&row.name),
        text(&row.kind),
        text(&row.media_type),
        text(&row.vendor),
        text(&row.adapter),
        text(&row.adapter_version),
        Value::Integer(i64::try_from(row.annotations).unwrap_or(i64::MAX)),
        text(&row.normalized_at),
        text(&row.sha256),
        text(&row.body),
        text(&row.tenant),
        Value::Text(viewer::column(&row.evaluators)),
        Value::Integer(i64::try_from(row.assigned_at).unwrap_or(i64::MAX)),
    ]
}

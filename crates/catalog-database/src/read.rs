//! What evaluators ask for.

use spin_sdk::sqlite::{QueryResult, RowResult, Value};

use crate::{Database, Error, Viewer};

const SUBMISSIONS: &str = include_str!("../sql/submissions.sql");
const WRITTEN: &str = include_str!("../sql/written.sql");
const VERSIONS: &str = include_str!("../sql/versions.sql");
const SUBMISSION_FOR: &str = include_str!("../sql/submission_for.sql");
const DOCUMENT: &str = include_str!("../sql/document.sql");

/// Sorts after every UUID, so a list that begins before it begins at the beginning.
const NEWEST: &str = "~";

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The document's id.
    pub document: String,
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
    /// How many remarks there are.
    pub annotations: u64,
    /// When it was normalized (RFC 3339).
    pub normalized_at: String,
}

/// Who made a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The document's id.
    pub document: String,
    /// The submission's id.
    pub submission: String,
    /// Who reviewed it.
    pub vendor: String,
    /// The adapter that made it of the vendor's answer.
    pub adapter: String,
    /// That adapter's version.
    pub adapter_version: String,
}

/// A document, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The submission's id.
    pub submission: String,
    /// The file's name.
    pub name: String,
    /// The original's media type.
    pub media_type: String,
    /// The digest of `body`.
    pub sha256: String,
    /// The canonical document, in JSON.
    pub body: String,
}

impl Database {
    /// The documents of at most `limit` submissions, newest submission first, from the one that follows `after`, as far as the
    /// viewer may see them.
    pub async fn submissions(&self, viewer: &Viewer, after: Option<&str>, limit: u32) -> Result<Vec<Entry>, Error> {
        let [tenant, named] = viewer.parameters();
        let after = Value::Text(after.unwrap_or(NEWEST).to_owned());
        let limit = Value::Integer(limit.into());
        let parameters = vec![tenant.clone(), named.clone(), tenant, named, after, limit];
        self.entries(SUBMISSIONS, parameters).await
    }

    /// The documents of one submission, as far as the viewer may see them: none where there is no such submission, or nothing of
    /// it is ready.
    pub async fn submission_for(&self, viewer: &Viewer, submission: &str) -> Result<Vec<Entry>, Error> {
        self.entries(SUBMISSION_FOR, viewer.of(submission)).await
    }

    /// The documents of one submission that are here, whoever may see them, each with the time for whose evaluators it was written
    /// last, in milliseconds since 1970.
    pub async fn written(&self, submission: &str) -> Result<Vec<(String, u64)>, Error> {
        let rows = self.rows(WRITTEN, vec![Value::Text(submission.to_owned())]).await?;
        let written = |row: &RowResult| {
            let assigned_at = row.get::<i64>(1).and_then(|at| at.try_into().ok());
            Ok((text(row, 0, "document")?, assigned_at.ok_or(Error::Row("assigned_at"))?))
        };
        rows.iter().map(written).collect()
    }

    /// Who made each document, in the order of their ids: at most `limit`, from the one that follows `after`.
    pub async fn made(&self, after: Option<&str>, limit: u32) -> Result<Vec<Made>, Error> {
        let after = Value::Text(after.unwrap_or_default().to_owned());
        let rows = self.rows(VERSIONS, vec![after, Value::Integer(limit.into())]).await?;
        let made = |row: &RowResult| {
            Ok(Made {
                document: text(row, 0, "document")?,
                submission: text(row, 1, "submission")?,
                vendor: text(row, 2, "vendor")?,
                adapter: text(row, 3, "adapter")?,
                adapter_version: text(row, 4, "adapter_version")?,
            })
        };
        rows.iter().map(made).collect()
    }

    /// One document, in the newest version of its structure up to `version`, if there is one that the viewer may see.
    pub async fn document(&self, viewer: &Viewer, document: &str, version: u16) -> Result<Option<Content>, Error> {
        let mut parameters = viewer.of(document);
        parameters.push(Value::Integer(version.into()));
        let rows = self.rows(DOCUMENT, parameters).await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Content {
            submission: text(&row, 0, "submission")?,
            name: text(&row, 1, "name")?,
            media_type: text(&row, 2, "media_type")?,
            sha256: text(&row, 3, "sha256")?,
            body: text(&row, 4, "body")?,
        }))
    }

    async fn entries(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Entry>, Error> {
        self.rows(statement, parameters).await?.iter().map(entry).collect()
    }

    /// An empty database has no rows, though it has no table either.
    pub(crate) async fn rows(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<RowResult>, Error> {
        let result = match self.execute(statement, parameters).await {
            Ok(result) => collect(result).await,
            Err(error) => Err(error),
        };
        match result {
            Err(error) if error.is_missing_table() => Ok(Vec::new()),
            other => other,
        }
    }
}

impl Viewer {
    fn parameters(&self) -> [Value; 2] {
        [Value::Text(self.tenant.clone()), Value::Text(self.needle())]
    }

    /// An id, and whether the viewer may see what it names.
    fn of(&self, id: &str) -> Vec<Value> {
        let [tenant, named] = self.parameters();
        vec![Value::Text(id.to_owned()), tenant, named]
    }
}

async fn collect(result: QueryResult) -> Result<Vec<RowResult>, Error> {
    result.collect().await.map_err(Error::Statement)
}

fn entry(row: &RowResult) -> Result<Entry, Error> {
    Ok(Entry {
        document: text(row, 0, "document")?,
        submission: text(row, 1, "submission")?,
        title: text(row, 2, "title")?,
        teacher: row.get::<&str>(3).map(ToOwned::to_owned),
        name: text(row, 4, "name")?,
        kind: text(row, 5, "kind")?,
        media_type: text(row, 6, "media_type")?,
        vendor: text(row, 7, "vendor")?,
        annotations: row
            .get::<i64>(8)
            .and_then(|count| count.try_into().ok())
            .ok_or(Error::Row("annotations"))?,
        normalized_at: text(row, 9, "normalized_at")?,
    })
}

fn text(row: &RowResult, index: usize, name: &'static str) -> Result<String, Error> {
    row.get::<&str>(index).map(ToOwned::to_owned).ok_or(Error::Row(name))
}

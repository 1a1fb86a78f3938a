//! What this stage reads and writes: the returned files, and the canonical document made of them.

use access::Owner;
use canonical_document::{NormalizedDocument, SchemaVersion};
use catalog_database::{Database, NewRow};
use futures::future::try_join_all;
use handoff::{NormalizeWork, VerifiedFile};
use jiff::Timestamp;
use ledger::Item;
use portfolio::{DocumentId, Facts, Sha256, keys};
use sha2::Digest as _;
use spin_bucket::Client;
use stage::Outcome;
use vendor::adapter;

/// Where canonical documents are kept. The database is opened when there is something to write, so that one that cannot be
/// opened is a recorded failure of the document, not a worker that never begins.
pub(crate) struct Store {
    bucket: Client,
}

impl Store {
    pub(crate) async fn open() -> Result<Self, spin_bucket::Error> {
        Ok(Self {
            bucket: Client::open().await?,
        })
    }

    /// The bucket that they are in.
    pub(crate) fn bucket(&self) -> &Client {
        &self.bucket
    }

    /// The returned files in the adapter's words, with the content of those that it wants to read.
    pub(crate) async fn returned_files(
        &self,
        facts: &Facts,
        id: DocumentId,
        document: &adapter::Document,
        work: &NormalizeWork,
    ) -> Result<Vec<adapter::ReturnedFile>, Outcome> {
        let expectations = adapter::expectations(document);
        let wanted = |file: &VerifiedFile| {
            expectations
                .iter()
                .any(|expected| expected.content && expected.role == file.role.as_str())
        };
        let read = async |file: &VerifiedFile| {
            let content = if wanted(file) {
                let largest = usize::try_from(file.size).unwrap_or(usize::MAX);
                let key = keys::returned(&facts.submission, &id, &file.role);
                self.bucket
                    .get(&key, largest)
                    .await
                    .map_err(|error| Outcome::bucket_failed(&error))?
                    .to_vec()
            } else {
                Vec::new()
            };
            Ok(adapter::ReturnedFile {
                role: file.role.to_string(),
                media_type: file.media_type.clone(),
                size: file.size,
                sha256: file.sha256.to_string(),
                content,
            })
        };
        try_join_all(work.files.iter().map(read)).await
    }

    /// Keeps the files that the adapter made. Their roles were found to be some when the canonical document was made.
    pub(crate) async fn keep_derived(
        &self,
        facts: &Facts,
        id: DocumentId,
        files: &[adapter::DerivedFile],
    ) -> Result<(), Outcome> {
        let keep = async |file: &adapter::DerivedFile| {
            let role = file
                .role
                .parse()
                .map_err(|error| crate::internal("A file's role cannot be used", &error))?;
            let key = keys::derived(&facts.submission, &id, &role);
            self.bucket
                .put(&key, &file.media_type, file.content.clone().into())
                .await
                .map_err(|error| Outcome::bucket_failed(&error))
        };
        try_join_all(files.iter().map(keep)).await.map(|_| ())
    }

    /// Keeps a canonical document: in the bucket, from which everything can be rebuilt, and in the database.
    pub(crate) async fn keep(&self, item: &Item, facts: &Facts, document: &NormalizedDocument) -> Result<(), Outcome> {
        let body = serde_json::to_string(document)
            .map_err(|error| crate::internal("The document cannot be written", &error))?;
        let key = keys::normalized(&document.submission, &document.document, SchemaVersion::NUMBER);
        self.bucket
            .put(&key, "application/json", body.clone().into())
            .await
            .map_err(|error| Outcome::bucket_failed(&error))?;

        let Owner { tenant, .. } = item
            .owner
            .parse()
            .map_err(|error| crate::internal("The owner cannot be read", &error))?;
        let evaluators = serde_json::from_str(&item.evaluators)
            .map_err(|error| crate::internal("The evaluators cannot be read", &error))?;
        let digest: [u8; 32] = sha2::Sha256::digest(&body).into();
        let row = NewRow {
            document: document.document.to_string(),
            schema_version: SchemaVersion::NUMBER,
            submission: document.submission.to_string(),
            title: document.title.clone(),
            teacher: item.name_of_owner.clone(),
            name: document.source.name.clone(),
            kind: document.kind.to_string(),
            media_type: facts.media_type.to_string(),
            vendor: document.review.vendor.clone(),
            adapter: document.review.adapter.name.clone(),
            adapter_version: document.review.adapter.version.clone(),
            annotations: document.annotations.len() as u64,
            normalized_at: Timestamp::now().to_string(),
            sha256: Sha256::from(digest).to_string(),
            body,
            tenant,
            evaluators,
            assigned_at: item.assigned_at.milliseconds(),
        };
        let stored = async { Database::open().await?.upsert(row).await };
        stored.await.map_err(|error| {
            if error.is_transient() {
                Outcome::unavailable(
                    "database-unavailable",
                    format!("The document could not be stored: {error}."),
                    None,
                )
            } else {
                Outcome::permanent(
                    "database-refused",
                    format!("The document could not be stored: {error}."),
                )
            }
        })
    }
}

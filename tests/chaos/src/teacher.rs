//! A teacher who hands in one document, and tries again for as long as it takes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use api::submissions::{NewDocument, NewSubmission, Submission};
use dev_stack::client::{Client, Error};
use portfolio::{Kind, MediaType};

use crate::cluster::PATIENCE;

/// The pause before another attempt.
const PAUSE: Duration = Duration::from_millis(200);

/// How long one attempt may take before the teacher gives up on it: a connection may hang.
const ATTEMPT: Duration = Duration::from_secs(30);

/// A document whose upload was acknowledged, and its submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// The submission's id.
    pub submission: String,
    /// The document's id.
    pub document: String,
}

/// Hands in the text that is in `file`, under a name. The idempotency key makes the attempts one.
pub async fn hand_in(client: &Client, name: &str, file: &Path) -> Result<HandedIn> {
    let size = tokio::fs::metadata(file).await?.len();
    let submission = announce(client, name, size).await?;
    let document = submission.documents.first().context("the submission has no document")?;
    let upload = document.upload.as_ref().context("the document has no upload")?;
    persist(async || client.upload(upload, file, |_| {}).await)
        .await
        .with_context(|| format!("{name} cannot be uploaded"))?;
    Ok(HandedIn {
        submission: submission.id.to_string(),
        document: document.id.to_string(),
    })
}

/// Announces a lesson plan of one text file.
pub async fn announce(client: &Client, name: &str, size: u64) -> Result<Submission> {
    let submission = NewSubmission {
        title: "A lesson".to_owned(),
        evaluators: None,
        documents: vec![NewDocument {
            name: name.to_owned(),
            kind: Kind::LessonPlan,
            media_type: MediaType::PlainText,
            size,
            sha256: None,
        }],
    };
    persist(async || client.create(&submission, name).await)
        .await
        .with_context(|| format!("{name} cannot be announced"))
}

/// Tries until there is an answer, or one that will not change.
pub async fn persist<T>(mut attempt: impl AsyncFnMut() -> Result<T, Error>) -> Result<T> {
    let begun = Instant::now();
    loop {
        let trouble: anyhow::Error = match tokio::time::timeout(ATTEMPT, attempt()).await {
            Ok(Ok(done)) => return Ok(done),
            // An answer that broke off in the middle is none.
            Ok(Err(error)) if error.is_transient() || matches!(error, Error::Answer { .. }) => error.into(),
            Ok(Err(error)) => return Err(error.into()),
            Err(elapsed) => elapsed.into(),
        };
        if begun.elapsed() > PATIENCE {
            return Err(trouble);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

//! A file held against the SHA-256 that its teacher's client announced.
//!
//! Of a file that came in one piece the bucket has done that already. Of one that came in parts, S3 knows the digests of the parts
//! alone, so all of it is read here, piece by piece: there is no other place in the pipeline where work may take minutes.

use ledger::{Item, State};
use portfolio::{Sha256, keys};
use sha2::Digest as _;
use spin_bucket::Client;
use stage::{Outcome, Stage};

/// Whether the object is the one that was accepted, and the file that was announced. An error is the attempt's outcome.
pub(crate) async fn prepare(stage: &Stage, bucket: &Client, item: &Item) -> Result<(), Outcome> {
    let cannot_be_read =
        |error: &dyn std::fmt::Display| Outcome::permanent("internal", format!("The item cannot be read: {error}."));
    let facts = vendor::facts(item).map_err(|error| cannot_be_read(&error))?;
    let document = item.document.parse().map_err(|error| cannot_be_read(&error))?;
    let found = stage::original::accepted(bucket, &facts, document).await?;
    match (facts.sha256, found.etag) {
        (Some(declared), Some(etag)) if facts.checked.as_ref() != Some(&etag) => {
            hold(bucket, &keys::original(&facts.submission, &document), &etag, declared).await?;
            // Whatever happens to this attempt, no later one reads the file again.
            let checked = ledger::Facts::from_iter([("checked".to_owned(), etag.into())]);
            stage.note(item, State::Transferring, "checksum-held", checked).await
        }
        _ => Ok(()),
    }
}

/// Reads the object, which must have this entity tag, and compares. An error: it is another file, or could not be read now.
async fn hold(bucket: &Client, key: &str, etag: &str, declared: Sha256) -> Result<(), Outcome> {
    let failed = |error| match error {
        spin_bucket::Error::Replaced(_) => stage::original::replaced(),
        error => Outcome::bucket_failed(&error),
    };
    let mut reading = bucket.read_if(key, etag).await.map_err(failed)?;
    let mut hasher = sha2::Sha256::new();
    while let Some(piece) = reading.piece().await.map_err(failed)? {
        hasher.update(&piece);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    if Sha256::from(digest) == declared {
        Ok(())
    } else {
        Err(Outcome::permanent(
            handoff::CHECKSUM_MISMATCH,
            handoff::CHECKSUM_MISMATCH_MESSAGE,
        ))
    }
}

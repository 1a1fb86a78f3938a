//! A file held against the SHA-256 that its teacher's client announced.
//!
//! Of a file that came in one piece the bucket has done that already. Of one that came in parts, S3 knows the digests of the parts
//! alone, so all of it is read here, piece by piece: there is no other place in the pipeline where work may take minutes.

use portfolio::Sha256;
use sha2::Digest as _;
use spin_bucket::Client;
use stage::Outcome;

/// Reads the object, which must have this entity tag, and compares. An error: it is another file, or could not be read now.
pub(crate) async fn hold(bucket: &Client, key: &str, etag: &str, declared: Sha256) -> Result<(), Outcome> {
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

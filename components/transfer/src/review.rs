//! What a third party is asked for.

use std::time::Duration;

use bucket::Download;
use jiff::Timestamp;
use ledger::Item;
use portfolio::keys;
use vendor::adapter;

use crate::vendor_request::Vendor;

/// How long the third party may fetch the document.
const DOCUMENT_URL_LIFETIME: Duration = Duration::from_hours(6);

/// What is asked for a document: its link, where to report, and the key under which it is asked.
pub(crate) fn of(vendor: &Vendor, bucket: &bucket::Bucket, item: &Item) -> anyhow::Result<adapter::Review> {
    let facts = vendor::facts(item)?;
    let key = keys::original(&facts.submission, &item.document.parse()?);
    let download = Download {
        media_type: Some(facts.media_type.as_str()),
        disposition: None,
    };
    let url = bucket.presign_get(&key, download, &Timestamp::now(), DOCUMENT_URL_LIFETIME)?;
    Ok(adapter::Review {
        document: vendor::document(&item.document, &facts),
        document_url: url.into(),
        callback_url: vendor.callback_url(),
        idempotency_key: idempotency_key(item),
    })
}

/// The same for every attempt at one review. A review that came to nothing is asked for anew, under another key: the third party
/// would answer the old one with the old review.
fn idempotency_key(item: &Item) -> String {
    match item.round {
        0 => item.document.clone(),
        round => format!("{}-{round}", item.document),
    }
}

//! Asking the identity provider.

use std::pin::pin;
use std::time::Duration;

use access::KeySet;
use access::key_set::{self, LARGEST_SET};
use bytes::Bytes;
use futures::future::{Either, select};
use http::StatusCode;
use http::header::ACCEPT;
use spin_outbound::{Answer, Limits};

use crate::lifetime;

/// How long the provider may take over all. Somebody's request is waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the identity provider gave no keys: {0}")]
    Unreachable(#[from] spin_outbound::Error),
    #[error("the identity provider took longer than {PATIENCE:?}")]
    TooSlow,
    #[error("the identity provider answered {0}")]
    Status(StatusCode),
    #[error(transparent)]
    Unusable(#[from] key_set::Error),
}

/// The provider's keys as a JWK Set of those that are of use, and for how long they are good, which is never less than
/// `shortest`.
pub(crate) async fn fetch(url: &str, shortest: Duration) -> Result<(String, Duration), Error> {
    let Answer { status, headers, body } = ask(url).await?;
    if status != StatusCode::OK {
        return Err(Error::Status(status));
    }
    let keys = KeySet::from_json(&body)?;
    Ok((keys.to_json().to_string(), lifetime::of(&headers, shortest)))
}

async fn ask(url: &str) -> Result<Answer, Error> {
    let request = http::Request::get(url)
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .body(Bytes::new())
        .map_err(spin_outbound::Error::from)?;
    let limits = Limits {
        connect: PATIENCE / 2,
        first_byte: PATIENCE,
        between_bytes: PATIENCE,
    };
    let answer = pin!(spin_outbound::fetch(request, limits, LARGEST_SET));
    match select(answer, pin!(spin_sdk::time::sleep(PATIENCE))).await {
        Either::Left((answer, _)) => Ok(answer?),
        Either::Right(_) => Err(Error::TooSlow),
    }
}

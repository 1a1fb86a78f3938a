//! Messages of Amazon SNS: which topics are listened to, and how they are known to be genuine.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use api::Problem;
use bucket_events::sns::{Disbelief, Envelope};
use bytes::Bytes;
use http::Method;
use spin_edge::variable;
use spin_outbound::{Limits, fetch};
use url::Url;

/// The most bytes of a certificate, and of the answer to a confirmation.
const LARGEST_ANSWER: usize = 64 * 1024;

thread_local! {
    /// The certificate that was last used, by its URL: SNS changes it once a year.
    static CERTIFICATE: RefCell<Option<(Url, Bytes)>> = const { RefCell::new(None) };
}

/// Whether a message is of a topic that is listened to and, unless its sender is known already, signed by SNS.
pub(crate) async fn check(envelope: &Envelope, is_signed: bool) -> Result<(), Problem> {
    let topics = variable("sns_topics").await?;
    if !topics.split_whitespace().any(|topic| topic == envelope.topic_arn) {
        let cause = format!("the topic {:?} is not among sns_topics", envelope.topic_arn);
        return Err(Problem::invalid_token().with_cause(cause));
    }
    if !is_signed {
        return Ok(());
    }
    let url = envelope.certificate_url(&endpoint().await?).map_err(disbelieved)?;
    let kept = CERTIFICATE.with_borrow(|kept| kept.clone().filter(|(of, _)| *of == url));
    let certificate = match kept {
        Some((_, certificate)) => certificate,
        None => get(&url).await?,
    };
    envelope.verify(&certificate, now()).map_err(disbelieved)?;
    CERTIFICATE.set(Some((url, certificate)));
    Ok(())
}

/// Tells SNS that it was right to be told to post here.
pub(crate) async fn confirm(envelope: &Envelope) -> Result<(), Problem> {
    let url = envelope.subscribe_url(&endpoint().await?).map_err(disbelieved)?;
    get(&url).await?;
    Ok(())
}

/// So long after the beginning of 1970. A clock that stands before that finds no certificate valid.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

async fn endpoint() -> Result<Url, Problem> {
    let endpoint = variable("sns_endpoint").await?;
    Url::parse(&endpoint)
        .map_err(|error| Problem::internal(format!("the variable sns_endpoint is {endpoint:?}: {error}")))
}

/// SNS sends a message again that was not taken, so whatever is wrong with its servers passes.
async fn get(url: &Url) -> Result<Bytes, Problem> {
    let request = http::Request::builder()
        .method(Method::GET)
        .uri(url.as_str())
        .body(Bytes::new())
        .map_err(Problem::internal)?;
    let answer = fetch(request, Limits::default(), LARGEST_ANSWER).await;
    let answer = answer.map_err(|error| Problem::unavailable(2, error))?;
    if answer.status.is_success() {
        Ok(answer.body)
    } else {
        Err(Problem::unavailable(2, format!("SNS answered {}", answer.status)))
    }
}

fn disbelieved(disbelief: Disbelief) -> Problem {
    Problem::invalid_token().with_cause(disbelief)
}

//! The bucket says that something happened.
//!
//! It hears of success only when every record was dealt with, and sends the notification again otherwise. So an event that
//! overtook its object is not lost, and nothing here has to wait for the object.

use std::collections::BTreeSet;

use api::Problem;
use api::notifications::Taken;
use bucket_events::sns::{Envelope, Kind};
use bucket_events::{Event, Message, What, read};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use portfolio::keys::{self, Object};
use portfolio::{DocumentId, SubmissionId};
use spin_edge::{Reply, json, read_body, variable};
use spin_sdk::http::Request;

use crate::check::{Intake, Verdict};
use crate::{sender, topic, trace};

/// The most bytes that a notification has. MinIO and S3 send one record at a time, others up to some dozens; SNS carries
/// no more than this.
const LARGEST: usize = 256 * 1024;

/// How many uploads of one notification are looked at side by side.
const SIDE_BY_SIDE: usize = 16;

/// The header field by which messages of SNS are known before they are read.
const SNS: &str = "x-amz-sns-message-type";

/// Takes a notification in whatever envelope it comes.
pub(crate) async fn take(request: Request) -> Result<Reply, Problem> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    // SNS shows no token: its messages are signed.
    let is_signed = headers.contains_key(SNS);
    if !is_signed {
        sender::check(headers, &variable("notification_token").await?)?;
    }
    if is_compressed(headers) {
        return Err(Problem::unsupported_encoding());
    }
    let body = read_body(headers, body, LARGEST).await?;
    let mut message = read(&body).map_err(Problem::invalid_notification)?;
    if let Message::Sns(envelope) = message {
        topic::check(&envelope, is_signed).await?;
        message = match envelope.kind {
            Kind::Notification => carried(&envelope)?,
            Kind::SubscriptionConfirmation => {
                topic::confirm(&envelope).await?;
                Message::Test
            }
            Kind::UnsubscribeConfirmation => Message::Test,
        };
    } else if is_signed {
        return Err(Problem::invalid_notification(
            "its header field says SNS, but it is something else",
        ));
    }
    let events = match message {
        Message::Events(events) => events,
        Message::Test | Message::Sns(_) => Vec::new(),
    };
    let (uploads, taken) = sort_out(&events, &variable("bucket_name").await?);
    look_at(&uploads, headers).await?;
    if taken.foreign > 0 {
        event_log::Event::new("foreign-objects")
            .count("count", taken.foreign)
            .write();
    }
    json(StatusCode::OK, &taken)
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// What a message of SNS carries. Envelopes are not put into envelopes.
fn carried(envelope: &Envelope) -> Result<Message, Problem> {
    match read(envelope.message.as_bytes()).map_err(Problem::invalid_notification)? {
        Message::Sns(_) => Err(Problem::invalid_notification("SNS carries another message of SNS")),
        message => Ok(message),
    }
}

/// The uploads that events are about, each once, and how many events were about something else: what the pipeline itself
/// writes, what others keep in the same bucket, other buckets, objects that were removed.
fn sort_out(events: &[Event], bucket: &str) -> (BTreeSet<(SubmissionId, DocumentId)>, Taken) {
    let mut uploads = BTreeSet::new();
    let mut taken = Taken::default();
    for event in events {
        match (event.what, keys::parse(&event.key)) {
            (What::Created, Some((submission, document, Object::Original))) if event.bucket == bucket => {
                uploads.insert((submission, document));
            }
            (What::Created, _) => taken.foreign += 1,
            (What::Other, _) => taken.other += 1,
        }
    }
    taken.uploads = uploads.len() as u64;
    (uploads, taken)
}

async fn look_at(uploads: &BTreeSet<(SubmissionId, DocumentId)>, headers: &HeaderMap) -> Result<(), Problem> {
    if uploads.is_empty() {
        return Ok(());
    }
    let intake = Intake::open(trace::of(headers)).await?;
    let look =
        async |(submission, document): &(SubmissionId, DocumentId)| match intake.check(*submission, *document).await? {
            Verdict::NotThere => Err(Problem::unavailable(1, "the object cannot be seen yet")),
            Verdict::Unknown | Verdict::Is(_) => Ok(()),
        };
    stream::iter(uploads)
        .map(look)
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_upload_is_looked_at_once_and_the_rest_is_counted() {
        let id = "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e10";
        let event = |what, bucket: &str, key: &str| Event {
            what,
            bucket: bucket.into(),
            key: key.replace('*', id),
        };
        let events = [
            event(What::Created, "b", "submissions/*/*/original"),
            event(What::Created, "b", "submissions/*/*/original"),
            event(What::Created, "other", "submissions/*/*/original"),
            event(What::Created, "b", "submissions/*/*/returned/text"),
            event(What::Created, "b", "submissions/*/manifest.json"),
            event(What::Created, "b", "submissions/../*/original"),
            event(What::Created, "b", "submissions/*/*/original/"),
            event(What::Created, "b", ""),
            event(What::Other, "b", "submissions/*/*/original"),
        ];
        let (uploads, taken) = sort_out(&events, "b");
        assert_eq!(uploads.len(), 1);
        assert_eq!(
            taken,
            Taken {
                uploads: 1,
                foreign: 6,
                other: 1
            }
        );
    }
}

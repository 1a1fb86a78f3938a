//! The events of S3 in Amazon EventBridge
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>). Keys are not encoded in these.

use serde::Deserialize;
use serde_json::Value;

use crate::place::Place;
use crate::{Event, Unreadable, What, read_as};

#[derive(Deserialize)]
struct Envelope {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Place,
}

pub(crate) fn read(value: Value) -> Result<Vec<Event>, Unreadable> {
    let envelope: Envelope = read_as("an EventBridge event of S3", value)?;
    let is_creation = envelope.source == "aws.s3" && envelope.detail_type == "Object Created";
    Ok(vec![Event {
        what: if is_creation { What::Created } else { What::Other },
        bucket: envelope.detail.bucket.name,
        key: envelope.detail.object.key,
    }])
}

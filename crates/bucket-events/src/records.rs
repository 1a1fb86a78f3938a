//! S3 event notifications
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>).

use serde::Deserialize;
use serde_json::Value;

use crate::place::Place;
use crate::{Event, Unreadable, What, read_as};

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventName")]
    event_name: String,
    s3: Place,
}

pub(crate) fn read(value: Value) -> Result<Vec<Event>, Unreadable> {
    let notification: Notification = read_as("an S3 event notification", value)?;
    let event = |record: Record| Event {
        what: what(&record.event_name),
        bucket: record.s3.bucket.name,
        key: decoded(&record.s3.object.key),
    };
    Ok(notification.records.into_iter().map(event).collect())
}

/// `ObjectCreated:Put`, `:Post`, `:Copy`, `:CompleteMultipartUpload`; some stores write `s3:` before it.
fn what(event_name: &str) -> What {
    let name = event_name.strip_prefix("s3:").unwrap_or(event_name);
    if name.starts_with("ObjectCreated:") {
        What::Created
    } else {
        What::Other
    }
}

/// Keys are encoded as in an HTML form: percent escapes, and `+` for a space.
fn decoded(key: &str) -> String {
    // The form's parser splits at these two; in a key they are characters like others.
    let pair = format!("key={}", key.replace('&', "%26").replace('=', "%3D"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

//! What S3-compatible buckets say when an object is created, in every envelope that it comes in.
//!
//! Amazon S3 speaks to a topic of SNS or to EventBridge; MinIO, RustFS and their kin post to a webhook. Inside are the same
//! records, at least once each, late, several in one message, and in any order. This crate reads them; it does no I/O and
//! believes nobody: whether the sender may be trusted, and what really is in the bucket, is for the caller to find out.
//!
//! ```
//! use bucket_events::{Message, What, read};
//!
//! let body = br#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"a+b%2Fc"}}}]}"#;
//! let Message::Events(events) = read(body)? else { panic!() };
//! assert_eq!((events[0].what, events[0].key.as_str()), (What::Created, "a b/c"));
//! # Ok::<(), bucket_events::Unreadable>(())
//! ```
//!
//! | module | the format |
//! | --- | --- |
//! | `records` | S3 event notifications, as webhooks and SNS carry them |
//! | `event_bridge` | the events of S3 in Amazon EventBridge |
//! | [`sns`] | the envelope of Amazon SNS, with its signature |
//!
//! Every record of one object has a `sequencer` by which it could be put in order. Nothing here needs it: an event is taken
//! as a hint to look at the object, and the object is always the latest.

#![forbid(unsafe_code)]

mod event_bridge;
mod place;
mod records;
pub mod sns;

use serde_json::Value;

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Something happened to objects.
    Events(Vec<Event>),
    /// Notifications were set up, and this is to try them.
    Test,
    /// An envelope of SNS, whose signature is not checked yet.
    Sns(Box<sns::Envelope>),
}

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub what: What,
    /// The bucket that it happened in.
    pub bucket: String,
    /// The object's key, decoded.
    pub key: String,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was created, or a new version of it: by `Put`, `Post`, `Copy` or `CompleteMultipartUpload`.
    Created,
    /// Anything else: it was removed, restored, tagged.
    Other,
}

/// A body that is no message of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON.
    #[error("it is not JSON ({0})")]
    NotJson(String),
    /// It is JSON, but not what is documented for the format that it seems to have.
    #[error("it is not what is documented for {format} ({reason})")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is missing or wrong.
        reason: String,
    },
    /// It is JSON of no format that buckets use.
    #[error("it has neither \"Records\" nor the members of an SNS or EventBridge message")]
    Unknown,
}

/// Reads a body in whatever envelope it comes.
pub fn read(body: &[u8]) -> Result<Message, Unreadable> {
    let value: Value = serde_json::from_slice(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    let has = |name: &str| value.get(name).is_some_and(|value| !value.is_null());
    if has("Records") {
        records::read(value).map(Message::Events)
    } else if has("TopicArn") && has("Type") {
        sns::Envelope::read(value).map(|envelope| Message::Sns(Box::new(envelope)))
    } else if has("detail-type") && has("detail") {
        event_bridge::read(value).map(Message::Events)
    } else if value.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        Ok(Message::Test)
    } else {
        Err(Unreadable::Unknown)
    }
}

/// Reads a value in a format that it seems to have.
fn read_as<T: serde::de::DeserializeOwned>(format: &'static str, value: Value) -> Result<T, Unreadable> {
    serde_json::from_value(value).map_err(|error| Unreadable::Malformed {
        format,
        reason: error.to_string(),
    })
}

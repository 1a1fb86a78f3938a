//! Messages of every sender are read. An example is a file in `examples`: the message, and what is read from it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should panic")]

use bucket_events::{Message, Unreadable, What, read};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn every_example_is_read_as_it_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let example: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let said = match read(example["message"].to_string().as_bytes()).unwrap() {
            Message::Events(events) => events
                .iter()
                .map(|event| {
                    let what = match event.what {
                        What::Created => "created",
                        What::Other => "other",
                    };
                    json!([what, event.bucket, event.key])
                })
                .collect(),
            Message::Test => Value::Null,
            Message::Sns(envelope) => panic!("{envelope:?}"),
        };
        assert_eq!(said, example["events"], "{}", path.display());
        count += 1;
    }
    assert!(count >= 6);
}

#[test]
fn what_no_bucket_sends_is_refused_and_said_why() {
    for (body, part) in [
        (&b""[..], "not JSON"),
        (b"\x1f\x8b\x08\x00", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "neither"),
        (b"{}", "neither"),
        (b"null", "neither"),
        (b"{\"Records\":null}", "neither"),
        (b"{\"Records\":[{}]}", "missing field `eventName`"),
        (b"{\"Records\":{}}", "S3 event notification"),
        (b"{\"Event\":\"s3:OtherEvent\"}", "neither"),
        (b"{\"Type\":\"Notification\",\"TopicArn\":\"t\"}", "a message of SNS"),
        (b"{\"detail-type\":\"x\",\"detail\":{}}", "EventBridge"),
    ] {
        let message = read(body).unwrap_err().to_string();
        assert!(message.contains(part), "{body:?}: {message}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(read(deep.as_bytes()), Err(Unreadable::NotJson(_))));
}

proptest! {
    /// A key comes through as it is, however strange: the sender encodes it, the reader decodes it.
    #[test]
    fn any_key_comes_through(key in "\\PC{0,60}|[ +%&=/.]{0,20}") {
        let encoded: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
        let body = json!({ "Records": [{ "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": "b" }, "object": { "key": encoded } } }] });
        let Message::Events(events) = read(body.to_string().as_bytes()).unwrap() else { panic!() };
        prop_assert_eq!(&events[0].key, &key);
    }

    /// Whatever is sent gets an answer.
    #[test]
    fn any_body_is_answered(body in prop::collection::vec(any::<u8>(), 0..200), name in "Records|Type|detail|TopicArn|detail-type|Event", value in "\\PC{0,20}") {
        let _ = read(&body);
        let _ = read(json!({ &name: value.clone(), "TopicArn": value, "Type": "Notification", "detail-type": 1 }).to_string().as_bytes());
    }
}

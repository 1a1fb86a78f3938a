//! S3 event notifications, as S3 itself, MinIO, RustFS and their kin send them
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>).

use serde::Deserialize;

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    /// S3 sends `s3:TestEvent`, once, when notifications are configured.
    #[serde(rename = "Event")]
    test: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventName")]
    event_name: String,
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// The keys of all objects that were created, decoded. A test event, and events of other kinds, have none.
pub(crate) fn created_keys(body: &[u8]) -> Result<Vec<String>, String> {
    let notification: Notification = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match notification {
        Notification {
            records: Some(records), ..
        } => Ok(records
            .iter()
            .filter(|record| is_creation(&record.event_name))
            .map(|record| decoded(&record.s3.object.key))
            .collect()),
        Notification { test: Some(_), .. } => Ok(Vec::new()),
        _ => Err("it has no \"Records\"".into()),
    }
}

/// `ObjectCreated:Put`, `:Post`, `:Copy`, `:CompleteMultipartUpload`; some stores write `s3:` before it.
fn is_creation(event_name: &str) -> bool {
    event_name
        .strip_prefix("s3:")
        .unwrap_or(event_name)
        .starts_with("ObjectCreated:")
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn record(event_name: &str, key: &str) -> String {
        format!(
            r#"{{"eventVersion":"2.1","eventName":"{event_name}","s3":{{"bucket":{{"name":"b"}},"object":{{"key":"{key}","size":1,"eTag":"x","sequencer":"1"}}}}}}"#
        )
    }

    fn keys(records: &[String]) -> Vec<String> {
        created_keys(
            format!(
                r#"{{"EventName":"s3:ObjectCreated:Put","Key":"b/k","Records":[{}]}}"#,
                records.join(",")
            )
            .as_bytes(),
        )
        .unwrap()
    }

    #[test]
    fn every_way_to_create_an_object_counts_and_nothing_else() {
        let created = [
            "ObjectCreated:Put",
            "ObjectCreated:Post",
            "ObjectCreated:Copy",
            "s3:ObjectCreated:CompleteMultipartUpload",
        ];
        for event_name in created {
            assert_eq!(keys(&[record(event_name, "k")]), ["k"], "{event_name}");
        }
        for event_name in ["ObjectRemoved:Delete", "s3:ObjectAccessed:Get", ""] {
            assert!(keys(&[record(event_name, "k")]).is_empty(), "{event_name}");
        }
    }

    #[test]
    fn keys_are_decoded_as_forms_are() {
        let encoded = "a%2Fb+c%2Bd%26e%3D%E6%97%A5";
        assert_eq!(
            keys(&[
                record("ObjectCreated:Put", encoded),
                record("ObjectCreated:Put", "x=1&y")
            ]),
            ["a/b c+d&e=日", "x=1&y"]
        );
    }

    #[test]
    fn a_test_event_is_nothing_and_anything_else_is_refused() {
        assert_eq!(
            created_keys(br#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#).unwrap(),
            Vec::<String>::new()
        );
        for body in [&b""[..], b"[]", b"{}", b"null", br#"{"Records":[{}]}"#, b"\xff"] {
            assert!(created_keys(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}

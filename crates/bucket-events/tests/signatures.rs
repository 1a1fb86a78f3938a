//! Messages of SNS are believed when they are signed, and not otherwise.
//!
//! The key and its certificate in `sns` were made for these tests: RSA of 2048 bits, signed with itself for `CN=sns.example`, from
//! 2020 to 2119.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should panic")]

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bucket_events::sns::{Disbelief, Envelope, Kind};
use bucket_events::{Message, read};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Value, json};
use sha1::Sha1;

const CERTIFICATE: &[u8] = include_bytes!("sns/certificate.pem");
/// A day in 2026.
const NOW: Duration = Duration::from_secs(1_795_000_000);
const KEY: &str = include_str!("sns/key.pem");

fn notification() -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:us-west-2:123456789012:uploads",
        "Subject": "Amazon S3 Notification",
        "Message": "{\"Records\":[]}",
        "Timestamp": "2026-11-24T08:00:00.000Z",
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertURL": "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0001.pem",
        "UnsubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
    })
}

fn confirmation() -> Value {
    let mut message = notification();
    message["Type"] = "SubscriptionConfirmation".into();
    message["Token"] = "2336412f37".into();
    message["Message"] = "You have chosen to subscribe to the topic.".into();
    message["SubscribeURL"] = "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription".into();
    message
}

fn envelope(message: &Value) -> Envelope {
    match read(message.to_string().as_bytes()).unwrap() {
        Message::Sns(envelope) => *envelope,
        other => panic!("{other:?}"),
    }
}

fn signed(mut message: Value, version: &str) -> Value {
    message["SignatureVersion"] = version.into();
    let text = envelope(&message).signed_text();
    let key = RsaPrivateKey::from_pkcs8_pem(KEY).unwrap();
    let signature = if version == "1" {
        key.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(text))
    } else {
        key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(text))
    };
    message["Signature"] = BASE64_STANDARD.encode(signature.unwrap()).into();
    message
}

#[test]
fn the_signed_text_is_the_documented_one() {
    assert_eq!(
        envelope(&notification()).signed_text(),
        "Message\n{\"Records\":[]}\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\nSubject\nAmazon S3 Notification\n\
         Timestamp\n2026-11-24T08:00:00.000Z\nTopicArn\narn:aws:sns:us-west-2:123456789012:uploads\nType\nNotification\n"
    );
    assert_eq!(
        envelope(&confirmation()).signed_text(),
        "Message\nYou have chosen to subscribe to the topic.\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\n\
         SubscribeURL\nhttps://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription\nTimestamp\n\
         2026-11-24T08:00:00.000Z\nToken\n2336412f37\nTopicArn\narn:aws:sns:us-west-2:123456789012:uploads\nType\n\
         SubscriptionConfirmation\n"
    );
}

#[test]
fn both_versions_of_the_signature_are_checked() {
    for version in ["1", "2"] {
        for message in [notification(), confirmation()] {
            let good = signed(message, version);
            assert_eq!(envelope(&good).verify(CERTIFICATE, NOW), Ok(()));
            for (member, value) in [
                ("Message", "{\"Records\":[{}]}"),
                ("TopicArn", "arn:aws:sns:us-west-2:123456789012:others"),
                ("Timestamp", "2026-11-25T08:00:00.000Z"),
                ("Signature", "AAAA"),
                ("Signature", "not base64"),
            ] {
                let mut forged = good.clone();
                forged[member] = value.into();
                assert_eq!(
                    envelope(&forged).verify(CERTIFICATE, NOW),
                    Err(Disbelief::Signature),
                    "{member}"
                );
            }
            let mut downgraded = good.clone();
            downgraded["SignatureVersion"] = if version == "1" { "2" } else { "1" }.into();
            assert!(envelope(&downgraded).verify(CERTIFICATE, NOW).is_err());
        }
    }
    let mut unknown = signed(notification(), "2");
    unknown["SignatureVersion"] = "3".into();
    assert!(matches!(
        envelope(&unknown).verify(CERTIFICATE, NOW),
        Err(Disbelief::Version(_))
    ));
    assert!(matches!(
        envelope(&notification()).verify(b"<html/>", NOW),
        Err(Disbelief::Certificate(_))
    ));
}

#[test]
fn certificates_come_from_sns_alone() {
    let sns = "https://sns.us-west-2.amazonaws.com".parse().unwrap();
    let message = envelope(&confirmation());
    assert_eq!(message.kind, Kind::SubscriptionConfirmation);
    assert!(message.certificate_url(&sns).is_ok() && message.subscribe_url(&sns).is_ok());
    for url in [
        "http://sns.us-west-2.amazonaws.com/a.pem",
        "https://sns.us-west-2.amazonaws.com.example/a.pem",
        "https://sns.us-west-2.amazonaws.com@example.org/a.pem",
        "https://x@sns.us-west-2.amazonaws.com/a.pem",
        "https://sns.us-west-2.amazonaws.com:8443/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem",
        "data:text/plain,x",
        "",
    ] {
        let mut message = confirmation();
        message["SigningCertURL"] = url.into();
        message["SubscribeURL"] = url.into();
        let message = envelope(&message);
        assert!(message.certificate_url(&sns).is_err(), "{url}");
        assert!(message.subscribe_url(&sns).is_err(), "{url}");
    }
    assert!(envelope(&notification()).subscribe_url(&sns).is_err());
}

#[test]
fn a_certificate_is_good_for_its_time_alone() {
    let message = envelope(&signed(notification(), "2"));
    for (seconds, outcome) in [
        (1_577_836_799, Err(Disbelief::Period)),
        (1_577_836_800, Ok(())),
        (4_733_510_400, Ok(())),
        (4_733_510_401, Err(Disbelief::Period)),
    ] {
        assert_eq!(
            message.verify(CERTIFICATE, Duration::from_secs(seconds)),
            outcome,
            "{seconds}"
        );
    }
}

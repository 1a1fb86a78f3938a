//! Notifications in every envelope, from senders who are right and from others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bucket_events::{Message, read};
use end_to_end::{Answer, Rig, project};
use reqwest::{Method, StatusCode};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::{Digest as _, Sha256};
use serde_json::{Value, json};

const PATH: &str = "/v1/notifications/bucket";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:uploads";
const JSON: (&str, &str) = ("content-type", "application/json");

/// What SNS is to a receiver: a place that certificates and confirmations are fetched from.
struct Sns {
    origin: String,
    certificates: Arc<AtomicU64>,
    confirmations: Arc<AtomicU64>,
    key: RsaPrivateKey,
}

impl Sns {
    async fn start() -> Self {
        let folder = project().join("crates/bucket-events/tests/sns");
        let certificate = std::fs::read_to_string(folder.join("certificate.pem")).unwrap();
        let key = std::fs::read_to_string(folder.join("key.pem")).unwrap();
        let (certificates, confirmations) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (fetched, confirmed) = (Arc::clone(&certificates), Arc::clone(&confirmations));
        let app = Router::new()
            .route(
                "/certificate.pem",
                get(move || async move {
                    fetched.fetch_add(1, Ordering::SeqCst);
                    certificate
                }),
            )
            .route(
                "/confirm",
                get(move || async move {
                    confirmed.fetch_add(1, Ordering::SeqCst);
                    "<ConfirmSubscriptionResponse/>"
                }),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            origin,
            certificates,
            confirmations,
            key: RsaPrivateKey::from_pkcs8_pem(&key).unwrap(),
        }
    }

    /// A message, signed.
    fn message(&self, kind: &str, message: &str) -> Value {
        let mut envelope = json!({
            "Type": kind, "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC, "Message": message,
            "Timestamp": "2026-11-24T08:00:00.000Z", "SignatureVersion": "2", "Signature": "",
            "SigningCertURL": format!("{}/certificate.pem", self.origin),
        });
        if kind != "Notification" {
            envelope["Token"] = "2336412f37".into();
            envelope["SubscribeURL"] = format!("{}/confirm", self.origin).into();
        }
        self.sign(envelope)
    }

    fn sign(&self, mut envelope: Value) -> Value {
        let Ok(Message::Sns(read)) = read(envelope.to_string().as_bytes()) else {
            panic!("{envelope}")
        };
        let digest = Sha256::digest(read.signed_text());
        let signature = self.key.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).unwrap();
        envelope["Signature"] = BASE64_STANDARD.encode(signature).into();
        envelope
    }
}

async fn post(rig: &Rig, envelope: &Value) -> Answer {
    let kind = envelope["Type"].as_str().unwrap();
    let headers = [
        ("content-type", "text/plain; charset=UTF-8"),
        ("x-amz-sns-message-type", kind),
    ];
    rig.stranger
        .send(Method::POST, PATH, &headers, envelope.to_string().into())
        .await
}

fn record(key: &str) -> Value {
    json!({ "eventName": "ObjectCreated:Put", "s3": { "bucket": { "name": "dossier" }, "object": { "key": key } } })
}

/// Announces a document whose object gets into the bucket without the bucket's saying so, as in a bucket whose events
/// take another way. Gives back its ids and its key.
async fn silently_uploaded(rig: &Rig) -> (String, String) {
    // The application does not take what the bucket says itself: it is told of another token than it expects.
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    assert_eq!(
        rig.put(&submission["documents"][0]["upload"], b"hello".to_vec()).await,
        StatusCode::OK
    );
    let (id, document) = (&submission["id"], &submission["documents"][0]["id"]);
    let (id, document) = (id.as_str().unwrap(), document.as_str().unwrap());
    assert_eq!(rig.document(id).await["state"], "awaiting-upload");
    (id.to_owned(), format!("submissions/{id}/{document}/original"))
}

async fn rig_with(sns: &Sns) -> Rig {
    let variables = [
        (
            "sns_topics",
            format!("arn:aws:sns:us-east-1:123456789012:others {TOPIC}"),
        ),
        ("sns_endpoint", sns.origin.clone()),
        ("notification_token", "the-token-of-this-test".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    Rig::with(|options, _| options.variables.extend(variables)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_sns_are_taken_when_they_are_signed() {
    let sns = Sns::start().await;
    let rig = rig_with(&sns).await;

    let confirmation = sns.message("SubscriptionConfirmation", "You have chosen to subscribe.");
    assert_eq!(post(&rig, &confirmation).await.status, StatusCode::OK);
    assert_eq!(sns.confirmations.load(Ordering::SeqCst), 1);

    let (id, key) = silently_uploaded(&rig).await;
    let event = json!({ "Records": [record(&key), record("somebody/elses.txt")] }).to_string();
    let good = sns.message("Notification", &event);
    let change = |member: &str, value: &str| {
        let mut forged = good.clone();
        forged[member] = value.into();
        forged
    };
    let elsewhere = Sns::start().await;
    let forged = [
        change("Message", &event.replace("Put", "Post")),
        change("Signature", "AAAA"),
        change("SignatureVersion", "9"),
        sns.sign(change("TopicArn", "arn:aws:sns:us-east-1:666666666666:uploads")),
        // Its own certificate, and even a good signature: but who vouches for it is not SNS.
        elsewhere.message("Notification", &event),
        {
            let mut confirmation = sns.message("SubscriptionConfirmation", "x");
            confirmation["SubscribeURL"] = format!("{}/confirm", elsewhere.origin).into();
            sns.sign(confirmation)
        },
    ];
    for envelope in &forged {
        let answer = post(&rig, envelope).await;
        assert_eq!(answer.problem(), "invalid-token", "{envelope:#}");
    }
    assert_eq!(
        elsewhere.certificates.load(Ordering::SeqCst),
        0,
        "nobody is called who is not SNS"
    );
    assert_eq!(elsewhere.confirmations.load(Ordering::SeqCst), 0);
    assert_eq!(rig.document(&id).await["state"], "awaiting-upload");

    let mut not_sns = json!({ "Records": [record(&key)] });
    not_sns["Type"] = "Notification".into();
    assert_eq!(post(&rig, &not_sns).await.problem(), "invalid-notification");
    let nested = sns.message("Notification", &good.to_string());
    assert_eq!(post(&rig, &nested).await.problem(), "invalid-notification");

    for _ in 0..2 {
        assert_eq!(
            post(&rig, &good).await.json(),
            json!({ "uploads": 1, "foreign": 1, "other": 0 })
        );
    }
    assert_eq!(rig.settled(&id).await["state"], "ready");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn envelopes_without_a_signature_need_the_token() {
    let sns = Sns::start().await;
    let rig = rig_with(&sns).await;
    let bucket = rig.stranger.with_token("the-token-of-this-test");
    let bridge = |key: &str| {
        json!({ "version": "0", "detail-type": "Object Created", "source": "aws.s3",
            "detail": { "bucket": { "name": "dossier" }, "object": { "key": key }, "reason": "CompleteMultipartUpload" } })
    };
    let (first, key) = silently_uploaded(&rig).await;
    assert_eq!(rig.stranger.post(PATH, &bridge(&key)).await.problem(), "missing-token");
    assert_eq!(bucket.post(PATH, &bridge(&key)).await.json()["uploads"], 1);
    assert_eq!(rig.settled(&first).await["state"], "ready");

    // Without an envelope, as SNS delivers where that was asked for; it can show the token as a password alone.
    let (second, key) = silently_uploaded(&rig).await;
    let password = format!("Basic {}", BASE64_STANDARD.encode("sns:the-token-of-this-test"));
    let headers = [JSON, ("authorization", password.as_str())];
    let body = json!({ "Records": [record(&key), record(&key)] }).to_string();
    let answer = rig.stranger.send(Method::POST, PATH, &headers, body.into()).await;
    assert_eq!(answer.json(), json!({ "uploads": 1, "foreign": 0, "other": 0 }));
    assert_eq!(rig.settled(&second).await["state"], "ready");

    let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "dossier" });
    assert_eq!(
        bucket.post(PATH, &test).await.json(),
        json!({ "uploads": 0, "foreign": 0, "other": 0 })
    );
    // Many at once, and not one of them ours.
    let many: Vec<Value> = (0..1000).map(|number| record(&format!("other/{number}"))).collect();
    let answer = bucket.post(PATH, &json!({ "Records": many })).await;
    assert_eq!(answer.json()["foreign"], 1000);

    let gzip = [JSON, ("content-encoding", "gzip")];
    let compressed = bucket.send(Method::POST, PATH, &gzip, vec![0x1F, 0x8B, 8, 0]).await;
    assert_eq!(
        (compressed.status.as_u16(), compressed.header("accept-encoding")),
        (415, Some("identity"))
    );
    let undeclared = bucket.send(Method::POST, PATH, &[JSON], vec![0x1F, 0x8B, 8, 0]).await;
    assert_eq!(undeclared.problem(), "invalid-notification");
    let oversized = bucket.send(Method::POST, PATH, &[JSON], vec![b' '; 257 * 1024]).await;
    assert_eq!(oversized.status, StatusCode::PAYLOAD_TOO_LARGE);
    let sns_oversized = [JSON, ("x-amz-sns-message-type", "Notification")];
    let oversized = rig
        .stranger
        .send(Method::POST, PATH, &sns_oversized, vec![b' '; 257 * 1024])
        .await;
    assert_eq!(oversized.status, StatusCode::PAYLOAD_TOO_LARGE);
    rig.end().await;
}

//! The webhook hears of everything, in order, until it has understood.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::harness::{Harness, bytes, etag, eventually, notifications, succeed};

/// A webhook that refuses the first attempts at each event.
#[derive(Debug, Default)]
struct Webhook {
    refuse: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    attempts: BTreeMap<String, usize>,
    /// The messages that were accepted, in their order.
    accepted: Vec<Value>,
}

impl Webhook {
    async fn listen(self: &Arc<Self>, address: &str) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let webhook = Arc::clone(self);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let webhook = Arc::clone(&webhook);
                let service = service_fn(move |request| {
                    let webhook = Arc::clone(&webhook);
                    async move { webhook.answer(request).await }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        (address, serving)
    }

    async fn answer(&self, request: Request<Incoming>) -> hyper::Result<Response<Empty<Bytes>>> {
        assert_eq!(request.uri(), "/v1/notifications/bucket");
        assert_eq!(request.headers()["authorization"], "Bearer notification-token");
        assert_eq!(request.headers()["content-type"], "application/json");
        let body = request.into_body().collect().await?.to_bytes();
        let message: Value = serde_json::from_slice(&body).unwrap();
        let sequencer = message["Records"][0]["s3"]["object"]["sequencer"].as_str().unwrap();
        let mut state = self.state.lock().unwrap();
        let attempts = state.attempts.entry(sequencer.to_owned()).or_default();
        *attempts += 1;
        let mut response = Response::new(Empty::new());
        if *attempts <= self.refuse {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        } else {
            state.accepted.push(message);
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        Ok(response)
    }

    async fn wait_for(&self, count: usize) -> Vec<Value> {
        eventually(|| self.state.lock().unwrap().accepted.len() >= count).await;
        self.state.lock().unwrap().accepted.clone()
    }
}

#[tokio::test]
async fn a_message_has_the_shape_that_minio_gives_it() {
    let webhook = Arc::new(Webhook::default());
    let (address, _serving) = webhook.listen("127.0.0.1:0").await;
    let harness = Harness::with(|options| options.notifications = Some(notifications(address))).await;
    let key = "submissions/Menü – 日本 (final)+.mp4";
    let put = harness.client.http.put(harness.client.put_url(key)).body("film");
    let put = put
        .header("content-type", "video/mp4")
        .header("x-amz-meta-teacher", "t-1");
    let etag = etag(&succeed(put).await);

    let mut messages = webhook.wait_for(1).await;
    let time = messages[0]["Records"][0]["eventTime"].take();
    assert!(
        time.as_str()
            .is_some_and(|time| time.len() == 24 && time.ends_with('Z')),
        "{time}"
    );
    assert_eq!(
        messages[0],
        json!({
            "EventName": "s3:ObjectCreated:Put",
            "Key": format!("dossier/{key}"),
            "Records": [{
                "eventVersion": "2.0",
                "eventSource": "minio:s3",
                "awsRegion": "us-east-1",
                "eventTime": null,
                "eventName": "s3:ObjectCreated:Put",
                "userIdentity": { "principalId": "dossier" },
                "requestParameters": { "principalId": "dossier", "region": "us-east-1" },
                "responseElements": { "x-amz-request-id": "0000000000000001" },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "Config",
                    "bucket": {
                        "name": "dossier",
                        "ownerIdentity": { "principalId": "dossier" },
                        "arn": "arn:aws:s3:::dossier",
                    },
                    "object": {
                        "key": "submissions%2FMen%C3%BC+%E2%80%93+%E6%97%A5%E6%9C%AC+%28final%29%2B.mp4",
                        "size": 4,
                        "eTag": etag,
                        "contentType": "video/mp4",
                        "userMetadata": { "teacher": "t-1" },
                        "sequencer": "0000000000000001",
                    },
                },
            }],
        })
    );
}

#[tokio::test]
async fn every_event_arrives_in_the_order_of_its_object() {
    let webhook = Arc::new(Webhook {
        refuse: 2,
        ..Webhook::default()
    });
    let (address, _serving) = webhook.listen("127.0.0.1:0").await;
    let harness = Harness::with(|options| options.notifications = Some(notifications(address))).await;
    let client = &harness.client;
    let objects = 20;
    futures::future::join_all((0..objects).map(|number| async move {
        let (key, copy) = (format!("object-{number}"), format!("copy-{number}"));
        client.put(&key, "1").await;
        let upload = client.create_upload(&key).await;
        let part = client.put_part(&key, &upload, 1, bytes(number, 100)).await;
        assert!(client.complete(&key, &upload, &[part]).await.status().is_success());
        let request = client.http.put(client.put_url(&copy));
        succeed(request.header("x-amz-copy-source", format!("/dossier/{key}"))).await;
        client.delete(&key).await;
        // Nothing is there any more, and nothing is removed.
        client.delete(&key).await;
    }))
    .await;

    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut sequencers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in webhook.wait_for(usize::try_from(objects).unwrap() * 4).await {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = text(&message["Key"]);
        heard.entry(key.clone()).or_default().push(text(&message["EventName"]));
        let sequencer = text(&message["Records"][0]["s3"]["object"]["sequencer"]);
        sequencers.entry(key).or_default().push(sequencer);
    }
    for number in 0..objects {
        let events = [
            "s3:ObjectCreated:Put",
            "s3:ObjectCreated:CompleteMultipartUpload",
            "s3:ObjectRemoved:Delete",
        ];
        assert_eq!(heard[&format!("dossier/object-{number}")], events);
        assert_eq!(heard[&format!("dossier/copy-{number}")], ["s3:ObjectCreated:Copy"]);
    }
    assert!(sequencers.values().all(|sequencers| sequencers.is_sorted()));
}

#[tokio::test]
async fn events_wait_for_a_webhook_that_is_not_there_also_across_a_restart() {
    let webhook = Arc::new(Webhook::default());
    let (address, serving) = webhook.listen("127.0.0.1:0").await;
    serving.abort();
    let _ = serving.await;
    let harness = Harness::with(|options| options.notifications = Some(notifications(address))).await;
    for number in 0..30 {
        harness.client.put(&format!("waiting-{number}"), "1").await;
    }
    let harness = harness
        .restart(|options| options.notifications = Some(notifications(address)))
        .await;
    harness.client.put("waiting-30", "1").await;
    assert!(webhook.state.lock().unwrap().accepted.is_empty());

    let (_, _serving) = webhook.listen(&address.to_string()).await;
    let messages = webhook.wait_for(31).await;
    let keys: std::collections::BTreeSet<_> = messages.iter().map(|message| message["Key"].to_string()).collect();
    assert_eq!(keys.len(), 31);
}

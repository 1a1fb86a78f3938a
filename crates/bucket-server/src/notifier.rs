//! Tells the webhook what happened, as MinIO does.
//!
//! Each event is posted until it is accepted, with growing pauses, also across restarts. The events of one object are
//! sent one after the other, in their order; those of different objects side by side.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Request, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use s3s::dto::{Timestamp, TimestampFormat};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::form_urlencoded;

use crate::store::Store;
use crate::store::error::Error;
use crate::store::events::Waiting;

/// How many events are on their way at once.
const SIDE_BY_SIDE: usize = 16;

/// How long the webhook may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// The pause after the first refusal; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause: a developer who has started the application again does not want to wait longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(crate) struct Notifier {
    pub(crate) store: Arc<Store>,
    pub(crate) webhook: Arc<Webhook>,
}

impl Notifier {
    /// Sends events whenever there are some, for ever.
    pub(crate) async fn run(self) {
        let mut changes = self.store.changes();
        let mut sending = JoinSet::new();
        let mut under_way = HashSet::new();
        loop {
            let pause = match self.send_due(&mut sending, &mut under_way).await {
                Ok(pause) => pause.unwrap_or(Duration::from_hours(1)),
                Err(error) => {
                    tracing::warn!(%error, "the waiting events could not be read");
                    LONGEST_PAUSE
                }
            };
            let mut sent = tokio::select! {
                heard = changes.changed() => match heard {
                    Ok(()) => None,
                    Err(_) => return,
                },
                Some(sent) = sending.join_next() => Some(sent),
                () = tokio::time::sleep(pause) => None,
            };
            let mut accepted = Vec::new();
            let mut refused = Vec::new();
            while let Some(outcome) = sent.take().or_else(|| sending.try_join_next()) {
                match outcome {
                    Ok((event, true)) => accepted.push(event.id),
                    Ok((event, false)) => refused.push((event.id, pause_after(event.attempts))),
                    // A task that panicked: its event stays under way until the next start.
                    Err(error) => tracing::error!(%error, "an event could not be sent"),
                }
            }
            if !accepted.is_empty() || !refused.is_empty() {
                let settled: Vec<i64> = accepted
                    .iter()
                    .copied()
                    .chain(refused.iter().map(|(id, _)| *id))
                    .collect();
                if let Err(error) = self.store.settle_events(accepted, refused).await {
                    tracing::warn!(%error, "what became of the events could not be noted; they will be sent again");
                    tokio::time::sleep(FIRST_PAUSE).await;
                }
                for id in settled {
                    under_way.remove(&id);
                }
            }
        }
    }

    /// Sends what is due; tells how long it is until more will be.
    async fn send_due(
        &self,
        sending: &mut JoinSet<(Waiting, bool)>,
        under_way: &mut HashSet<i64>,
    ) -> Result<Option<Duration>, Error> {
        // Those under way count as due.
        let (due, next) = self.store.due_events(SIDE_BY_SIDE + under_way.len()).await?;
        for event in due {
            if under_way.len() < SIDE_BY_SIDE && under_way.insert(event.id) {
                let webhook = Arc::clone(&self.webhook);
                sending.spawn(async move {
                    let accepted = webhook.accepts(&event).await;
                    (event, accepted)
                });
            }
        }
        Ok(next)
    }
}

fn pause_after(attempts: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(attempts))
        .min(LONGEST_PAUSE)
}

/// Who hears of the events.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) client: Client<HttpConnector, Full<Bytes>>,
    pub(crate) address: Uri,
    /// The value of the `Authorization` header.
    pub(crate) authorization: HeaderValue,
    pub(crate) bucket: String,
    pub(crate) region: String,
    /// Who did it: there is one access key.
    pub(crate) principal: String,
}

impl Webhook {
    pub(crate) fn client() -> Client<HttpConnector, Full<Bytes>> {
        Client::builder(TokioExecutor::new()).build_http()
    }

    /// Posts an event; tells whether it was accepted.
    async fn accepts(&self, event: &Waiting) -> bool {
        let outcome = match tokio::time::timeout(PATIENCE, self.post(event)).await {
            Ok(outcome) => outcome,
            Err(_) => Err("it did not answer in time".to_owned()),
        };
        match outcome {
            Ok(()) => true,
            Err(reason) => {
                // Once is enough: while the application is down, every event is refused again and again.
                if event.attempts == 0 {
                    tracing::warn!(key = event.key, webhook = %self.address, reason, "an event waits for the webhook");
                }
                false
            }
        }
    }

    async fn post(&self, event: &Waiting) -> Result<(), String> {
        let body = self.message(event).to_string();
        let request = Request::post(self.address.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, self.authorization.clone())
            .body(Full::from(body))
            .map_err(|error| error.to_string())?;
        let response = self.client.request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("it answered {status}"))
        }
    }

    /// The message, in MinIO's shape: S3's records, with the name of the event and the plain key beside them.
    fn message(&self, event: &Waiting) -> Value {
        let sequencer = format!("{:016X}", event.id);
        let mut object = json!({
            // Spaces become `+`, as in a form.
            "key": form_urlencoded::byte_serialize(event.key.as_bytes()).collect::<String>(),
            "sequencer": sequencer,
        });
        if event.name.starts_with("s3:ObjectCreated:") {
            object["size"] = json!(event.object.size);
            object["eTag"] = json!(event.object.etag);
            object["contentType"] = json!(event.object.content_type);
            object["userMetadata"] = json!(event.object.metadata);
        }
        json!({
            "EventName": event.name,
            "Key": format!("{}/{}", self.bucket, event.key),
            "Records": [{
                "eventVersion": "2.0",
                "eventSource": "minio:s3",
                "awsRegion": self.region,
                "eventTime": rfc3339(&event.at.into()),
                "eventName": event.name,
                "userIdentity": { "principalId": self.principal },
                "requestParameters": { "principalId": self.principal, "region": self.region },
                "responseElements": { "x-amz-request-id": sequencer },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "Config",
                    "bucket": {
                        "name": self.bucket,
                        "ownerIdentity": { "principalId": self.principal },
                        "arn": format!("arn:aws:s3:::{}", self.bucket),
                    },
                    "object": object,
                },
            }],
        })
    }
}

fn rfc3339(time: &Timestamp) -> String {
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = time.format(TimestampFormat::DateTime, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

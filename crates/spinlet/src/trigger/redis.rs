//! The Redis trigger: a subscriber per address, which hands out one message after the other.
//!
//! As in Spin: addresses are told apart by their spelling; the messages of one address are handled one at a time,
//! whatever their channel, and those of two addresses side by side; components that share a channel hear a message at
//! the same time; each message gets a fresh instance; a handler's error is logged, and the message is gone. The end of
//! the connection is the end of the application.

use std::{collections::BTreeMap, sync::Arc};

use futures::{StreamExt, future::join_all};
use redis::aio::PubSub;
use tokio::sync::watch;

use crate::{Error, application::Application, host::redis::Error as GuestError, running::Stop};

/// The channels of one address, and the components that hear each.
pub(crate) type Channels = BTreeMap<String, Vec<String>>;

/// A connection to one address that has subscribed to its channels.
pub(crate) struct Subscriber {
    pubsub: PubSub,
    server: String,
    channels: Channels,
}

impl Subscriber {
    /// Connects and subscribes.
    pub(crate) async fn connect(address: &str, channels: Channels) -> Result<Self, Error> {
        let client = redis::Client::open(address).map_err(|error| Error::Redis {
            address: "its address".to_owned(),
            reason: error.to_string(),
        })?;
        // Without user and password, which the address may hold.
        let server = client.get_connection_info().addr.to_string();
        let failed = |error: redis::RedisError| Error::Redis {
            address: server.clone(),
            reason: error.to_string(),
        };
        let mut pubsub = client.get_async_pubsub().await.map_err(failed)?;
        for (channel, components) in &channels {
            pubsub.subscribe(channel).await.map_err(failed)?;
            tracing::info!("channel {channel} of {server}: {}", components.join(", "));
        }
        Ok(Self {
            pubsub,
            server,
            channels,
        })
    }

    /// Hands out messages until `stopping` turns true, the one at hand included, or until the connection ends.
    pub(crate) async fn listen(mut self, application: Arc<Application>, mut stopping: watch::Receiver<bool>) -> Stop {
        let mut messages = self.pubsub.on_message();
        loop {
            let message = tokio::select! {
                // The end comes before the messages that still wait.
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return Stop::Shutdown,
                message = messages.next() => message,
            };
            let Some(message) = message else {
                return Stop::RedisLost { address: self.server };
            };
            let components = self
                .channels
                .get(message.get_channel_name())
                .map_or(&[][..], Vec::as_slice);
            let (application, payload) = (&application, message.get_payload_bytes());
            let handled = components.iter().map(|component| async move {
                if let Err(reason) = handle(application, component, payload).await {
                    tracing::error!("component `{component}`: {reason}");
                }
            });
            join_all(handled).await;
        }
    }
}

async fn handle(application: &Application, component: &str, payload: &[u8]) -> Result<(), String> {
    let slot = application.slots.get(component).ok_or("it is not loaded")?;
    let version = slot.version().await;
    let function = version.redis().ok_or("it exports no Redis handler")?;
    slot.grants.counting.redis_messages.count();

    let called = async {
        let (mut store, instance) = version.instantiate(&slot.grants).await?;
        let function = instance.get_typed_func::<(Vec<u8>,), (Result<(), GuestError>,)>(&mut store, function)?;
        let payload = payload.to_vec();
        let (result,) = store
            .run_concurrent(async move |accessor| function.call_concurrent(accessor, (payload,)).await)
            .await??;
        wasmtime::error::Ok(result)
    };
    match called.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("its handler returned an error: {error}")),
        Err(trap) => Err(format!("its handler failed: {trap:#}")),
    }
}

//! Rings the bell of a queue whose next item is due.
//!
//! Redis is the timer: each queue that is not empty has an alarm, a key that expires when the queue's next item becomes
//! due. Redis announces the expiry on a channel, which is this component's trigger. It is the whole of redelivery: no
//! poll, no sleep, no cron.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

use anyhow::Context as _;
use bytes::Bytes;
use spin_ledger::Client;
use spin_sdk::redis_subscriber;

#[redis_subscriber]
async fn on_expiry(key: Bytes) -> anyhow::Result<()> {
    let key = std::str::from_utf8(&key).context("the expired key's name is not UTF-8")?;
    let client = Client::open().await?;
    // Another application may keep keys in the same database, and every replica hears of every key.
    let Some(queue) = client.ledger().queue_of_alarm(key) else {
        return Ok(());
    };
    client
        .run(client.ledger().ring(queue))
        .await
        .with_context(|| format!("the bell of {queue} could not be rung"))?;
    Ok(())
}

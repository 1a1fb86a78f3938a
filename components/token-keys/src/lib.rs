//! Fetches the identity provider's keys, and keeps them for those who check tokens.
//!
//! It has a private route: other components ask it, and nobody else can. It alone may reach the provider. What it fetched
//! lies in Redis for all replicas, and is good until its time is over, and beyond it while the provider is down. A token
//! with an unknown key makes it look for newer ones, though however many such tokens there are, the provider is asked no more than
//! once in `refresh_seconds`.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod lifetime;
mod provider;

use std::time::Duration;

use access::HandedKeys;
use api::Problem;
use api::page::query_parameter;
use event_log::Event;
use http::{Method, StatusCode};
use ledger::{KeptKeys, Timestamp};
use spin_edge::{Reply, json, ledger_failed, reply, variable};
use spin_ledger::Client;
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

/// For how long keys are good beyond their time, while the provider gives no others.
const LONGEST_OUTAGE: Duration = Duration::from_hours(7 * 24);

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    reply(route(&request).await)
}

async fn route(request: &Request) -> Result<Reply, Problem> {
    if request.method() != Method::GET || request.uri().path() != "/" {
        return Err(Problem::not_found());
    }
    let lacking = query_parameter(request.uri().query(), "lacking").and_then(|at| at.parse().ok());
    json(StatusCode::OK, &keys(lacking.map(Timestamp::from_milliseconds)).await?)
}

/// The provider's keys. Somebody lacks one in the set that was fetched at the time `lacking`.
async fn keys(lacking: Option<Timestamp>) -> Result<HandedKeys, Problem> {
    let url = variable("token_keys_url").await?;
    let seconds = variable("refresh_seconds").await?;
    let interval = Duration::from_secs(seconds.parse().map_err(Problem::internal)?);
    let client = Client::open().await.map_err(ledger_failed)?;
    let call = client.ledger().token_keys(&url, lacking, interval);
    let mut kept = client.run(call).await.map_err(ledger_failed)?;
    if kept.fetch {
        match provider::fetch(&url, interval).await {
            Ok((set, lifetime)) => {
                let call = client.ledger().keep_token_keys(&url, &set, lifetime);
                kept = client.run(call).await.map_err(ledger_failed)?;
            }
            // What there is stays, and whoever asks after the interval tries again.
            Err(error) => Event::new("token-keys-not-fetched").reason(error).write(),
        }
    }
    handed(kept, interval)
}

fn handed(kept: KeptKeys, interval: Duration) -> Result<HandedKeys, Problem> {
    let (Some(set), Some(fetched_at), Some(fresh_until)) = (kept.set, kept.fetched_at, kept.fresh_until) else {
        return Err(Problem::unavailable(
            interval.as_secs().max(1),
            "there are no token keys yet",
        ));
    };
    let age = Duration::from_millis(kept.now.milliseconds().saturating_sub(fresh_until.milliseconds()));
    if age > LONGEST_OUTAGE {
        return Err(Problem::unavailable(
            interval.as_secs().max(1),
            "the token keys are too old: the identity provider has given none for a week",
        ));
    }
    let fresh = Duration::from_millis(fresh_until.milliseconds().saturating_sub(kept.now.milliseconds()));
    // Whoever was told to fetch them has not done so yet, and may still.
    let pending = kept.asked_at.is_some_and(|asked_at| {
        let since = kept.now.milliseconds().saturating_sub(asked_at.milliseconds());
        !kept.fetch && asked_at > fetched_at && u128::from(since) < provider::PATIENCE.as_millis()
    });
    Ok(HandedKeys {
        set: serde_json::from_str(&set).map_err(Problem::internal)?,
        fetched_at: fetched_at.milliseconds(),
        fresh_seconds: fresh.max(interval).as_secs().max(1),
        pending,
    })
}

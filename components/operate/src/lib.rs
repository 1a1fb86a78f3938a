//! Shows operators the queues, the histories and the dead letters, and redrives; tells platforms whether all is well.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod dead_letters;
mod health;
mod history;
mod queues;

use access::{Caller, Scope};
use api::Problem;
use http::{HeaderMap, Method};
use spin_edge::{Reply, caller, ledger_failed, reply, segments, variable};
use spin_ledger::Client;
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

/// A request's caller, and what answering it needs.
struct Operator {
    caller: Caller,
    client: Client,
    /// All queues, in the order of the way through them.
    queues: Vec<String>,
}

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    reply(route(request).await)
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query();
    let headers = request.headers();
    match (request.method(), segments(&path).as_slice()) {
        (&Method::GET, ["healthz"]) => health::live(),
        (&Method::GET, ["readyz"]) => health::ready().await,
        (&Method::GET, ["v1", "queues"]) => queues::list(&Operator::of(headers).await?).await,
        (&Method::GET, ["v1", "documents", document, "history"]) => {
            history::show(&Operator::of(headers).await?, document).await
        }
        (&Method::GET, ["v1", "dead-letters"]) => dead_letters::list(&Operator::of(headers).await?, query).await,
        (&Method::POST, ["v1", "dead-letters", queue, document, "redrive"]) => {
            dead_letters::redrive(&Operator::of(headers).await?, queue, document).await
        }
        (_, ["healthz" | "readyz"] | ["v1", "queues" | "dead-letters"] | ["v1", "documents", _, "history"]) => {
            Err(Problem::method_not_allowed(&["GET"]))
        }
        (_, ["v1", "dead-letters", _, _, "redrive"]) => Err(Problem::method_not_allowed(&["POST"])),
        _ => Err(Problem::not_found()),
    }
}

impl Operator {
    async fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let caller = caller(headers, Scope::Operate).await?;
        Ok(Self {
            caller,
            client: Client::open().await.map_err(ledger_failed)?,
            queues: queues::names().await?,
        })
    }

    /// A queue that there is.
    fn queue(&self, name: &str) -> Result<&str, Problem> {
        self.queues
            .iter()
            .find(|queue| *queue == name)
            .map(String::as_str)
            .ok_or_else(Problem::not_found)
    }
}

/// The names in a variable, separated by spaces.
async fn names(name: &'static str) -> Result<Vec<String>, Problem> {
    Ok(variable(name)
        .await?
        .split_whitespace()
        .map(ToOwned::to_owned)
        .collect())
}

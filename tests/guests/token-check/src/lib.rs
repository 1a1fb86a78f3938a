//! One route with the check of the caller's token and without it, to measure what the check costs. What it does besides is what
//! `upload` does: it asks the ledger for the caller's submissions.

use api::Problem;
use http::StatusCode;
use spin_edge::{Reply, caller, empty, ledger_failed, reply};
use spin_ledger::Client;
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    reply(list(&request).await.inspect_err(|problem| eprintln!("{problem:?}")))
}

async fn list(request: &Request) -> Result<Reply, Problem> {
    let owner = if request.uri().query() == Some("unchecked") {
        "default/teacher".to_owned()
    } else {
        caller(request).await?.caller.owner.to_string()
    };
    let client = Client::open().await.map_err(ledger_failed)?;
    let call = client.ledger().submissions(&owner, None, 50);
    client.run(call).await.map_err(ledger_failed)?;
    Ok(empty(StatusCode::OK))
}

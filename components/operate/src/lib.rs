//! Shows operators the queues, the histories and the dead letters, and redrives; tells platforms whether all is well.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod body;
mod dead_letters;
mod erasures;
mod health;
mod history;
mod metrics;
mod operator;
mod queues;
mod rebuild;
mod renormalize;
mod routes;

use api::Problem;
use http::Method;
use operator::Operator;
use spin_edge::{Reply, segments};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    spin_edge::answer(request, route).await
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let path = request.uri().path().to_owned();
    let path = segments(&path);
    match path.as_slice() {
        ["healthz"] if request.method() == Method::GET => return health::live(),
        ["readyz"] if request.method() == Method::GET => return health::ready().await,
        _ => {}
    }
    let allowed = routes::methods(&path)?;
    if !allowed.contains(&request.method().as_str()) {
        return Err(Problem::method_not_allowed(allowed));
    }
    let operator = Operator::of(&request).await?;
    let reply = answer(&operator, &path, request).await?;
    operator.audit(&path);
    Ok(reply)
}

async fn answer(operator: &Operator, path: &[&str], request: Request) -> Result<Reply, Problem> {
    match path {
        ["metrics"] => metrics::show(operator).await,
        ["v1", "queues"] => queues::list(operator).await,
        ["v1", "queues", queue, "pause"] => queues::pause(operator, queue, &body::reason(request).await?).await,
        ["v1", "queues", queue, "resume"] => queues::resume(operator, queue).await,
        ["v1", "documents", document, "history"] => history::show(operator, document).await,
        ["v1", "dead-letters"] => dead_letters::list(operator, request.uri().query()).await,
        ["v1", "dead-letters", "redrive"] => {
            dead_letters::redrive_many(operator, body::or_default(request).await?).await
        }
        ["v1", "dead-letters", queue, document] => dead_letters::show(operator, queue, document).await,
        ["v1", "dead-letters", queue, document, "redrive"] => {
            let wanted = body::or_default(request).await?;
            dead_letters::redrive(operator, queue, document, wanted).await
        }
        ["v1", "dead-letters", queue, document, "discard"] => {
            let reason = body::reason(request).await?;
            dead_letters::discard(operator, queue, document, &reason).await
        }
        ["v1", "erasures"] => erasures::request(operator, &body::erasure(request).await?).await,
        ["v1", "erasures", submission] => erasures::show(operator, submission).await,
        ["v1", "renormalize"] => renormalize::renormalize(operator, body::or_default(request).await?).await,
        ["v1", "rebuild"] => rebuild::rebuild(operator, body::or_default(request).await?).await,
        _ => Err(Problem::not_found()),
    }
}

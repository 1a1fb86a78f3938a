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
mod queues;
mod rebuild;
mod renormalize;
mod routes;

use access::Caller;
use api::Problem;
use http::Method;
use spin_edge::{Reply, audit, caller, ledger_failed, segments, variable};
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

impl Operator {
    async fn of(request: &Request) -> Result<Self, Problem> {
        Ok(Self {
            caller: caller(request).await?.caller,
            client: Client::open().await.map_err(ledger_failed)?,
            queues: queues::names().await?,
        })
    }

    /// Writes down what was done or seen.
    fn audit(&self, path: &[&str]) {
        let Some(act) = routes::act(path) else {
            return;
        };
        let line = audit(act, &self.caller);
        match path {
            [.., "queues", queue, _] => line.queue(queue),
            [.., "dead-letters", queue, document] | [.., "dead-letters", queue, document, _] => {
                line.queue(queue).document(document)
            }
            [.., "documents", document, _] => line.document(document),
            [.., "erasures", submission] => line.submission(submission),
            _ => line,
        }
        .write();
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

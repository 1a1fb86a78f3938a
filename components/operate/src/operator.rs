//! An operator, and what they did.

use access::Caller;
use api::Problem;
use spin_edge::{audit, caller, ledger_failed};
use spin_ledger::Client;
use spin_sdk::http::Request;

use crate::{queues, routes};

/// A request's caller, and what answering it needs.
pub(crate) struct Operator {
    pub(crate) caller: Caller,
    pub(crate) client: Client,
    /// All queues, in the order of the way through them.
    pub(crate) queues: Vec<String>,
}

impl Operator {
    pub(crate) async fn of(request: &Request) -> Result<Self, Problem> {
        Ok(Self {
            caller: caller(request).await?.caller,
            client: Client::open().await.map_err(ledger_failed)?,
            queues: queues::names().await?,
        })
    }

    /// Writes down what was done or seen.
    pub(crate) fn audit(&self, path: &[&str]) {
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
    pub(crate) fn queue(&self, name: &str) -> Result<&str, Problem> {
        self.queues
            .iter()
            .find(|queue| *queue == name)
            .map(String::as_str)
            .ok_or_else(Problem::not_found)
    }
}

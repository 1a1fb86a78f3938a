//! What the caller is told when something behind the component fails.

use api::Problem;
use spin_sdk::variables;

/// After how many seconds it is worth trying again when something is not there.
const RETRY_AFTER_SECONDS: u64 = 2;

/// A variable of the manifest. A missing one is the deployment's fault, not the caller's.
pub async fn variable(name: &'static str) -> Result<String, Problem> {
    variables::get(name)
        .await
        .map_err(|error| Problem::internal(format!("the variable {name}: {error}")))
}

/// The ledger could not be asked.
pub fn ledger_failed(error: spin_ledger::Error) -> Problem {
    match error {
        error @ spin_ledger::Error::Unavailable { .. } => Problem::unavailable(RETRY_AFTER_SECONDS, error),
        other => Problem::internal(other),
    }
}

/// The bucket could not be reached, or refused.
pub fn bucket_failed(error: spin_bucket::Error) -> Problem {
    if error.is_transient() {
        Problem::unavailable(RETRY_AFTER_SECONDS, error)
    } else {
        Problem::internal(error)
    }
}

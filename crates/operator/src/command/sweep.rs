//! What goes through everything that the application has: some at a time, and the application says where to go on. It may be
//! broken off and begun again.

use std::process::ExitCode;

use indicatif::ProgressBar;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::print;
use crate::client::Client;

/// What one answer says of the whole.
pub(crate) struct Step {
    /// Whether the request, as it is now, has to be made again.
    pub(crate) more: bool,
    /// How far it is, in words.
    pub(crate) so_far: String,
}

/// Makes the request again and again until everything has been gone through. `take` adds up what the answers say, and changes the
/// request so that it goes on behind them.
pub(crate) async fn sweep<Request: Serialize, Part: DeserializeOwned>(
    client: &Client,
    path: &[&str],
    mut request: Request,
    mut take: impl FnMut(&mut Request, Part) -> Step,
) -> anyhow::Result<()> {
    let progress = ProgressBar::new_spinner();
    loop {
        let part = client.post(path, &request).await?.value;
        let step = take(&mut request, part);
        progress.set_message(step.so_far);
        progress.tick();
        if !step.more {
            progress.finish_and_clear();
            return Ok(());
        }
    }
}

/// Prints what was done, and on standard error what was not. Only if there is nothing of that was it a success.
pub(crate) fn report(json: bool, all: &Value, troubles: &[String], text: String) -> anyhow::Result<ExitCode> {
    for trouble in troubles {
        eprintln!("{trouble}");
    }
    let printed = print(json, all, || text)?;
    Ok(if troubles.is_empty() {
        printed
    } else {
        ExitCode::FAILURE
    })
}

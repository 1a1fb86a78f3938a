//! `rebuild`.

use std::process::ExitCode;

use api::operations::{RebuildRequest, RebuildTrouble, Rebuilt};
use indicatif::ProgressBar;
use serde_json::json;

use super::print;
use crate::client::Client;

/// Goes through the whole bucket, some submissions at a time. It may be broken off and begun again.
pub(crate) async fn run(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let progress = ProgressBar::new_spinner();
    let (mut submissions, mut restored, mut troubles) = (0, 0, Vec::<RebuildTrouble>::new());
    let mut request = RebuildRequest::default();
    loop {
        let part = client.post::<Rebuilt>(&["v1", "rebuild"], &request).await?.value;
        submissions += part.submissions;
        restored += part.restored;
        troubles.extend(part.troubles);
        progress.set_message(format!(
            "{submissions} submissions looked at, {restored} documents restored"
        ));
        progress.tick();
        match part.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    progress.finish_and_clear();
    for trouble in &troubles {
        eprintln!("{} could not be restored: {}", trouble.submission, trouble.reason);
    }
    let all = json!({ "submissions": submissions, "restored": restored, "troubles": troubles });
    let printed = print(json, &all, || {
        format!("Looked at {submissions} submissions; {restored} documents were lost and are back.")
    })?;
    Ok(if troubles.is_empty() {
        printed
    } else {
        ExitCode::FAILURE
    })
}

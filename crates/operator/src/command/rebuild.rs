//! `rebuild`.

use std::process::ExitCode;

use api::operations::{RebuildRequest, RebuildTrouble, Rebuilt};
use serde_json::json;

use super::sweep::{Step, report, sweep};
use crate::client::Client;

/// Goes through the whole bucket.
pub(crate) async fn run(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let (mut submissions, mut restored, mut troubles) = (0, 0, Vec::<RebuildTrouble>::new());
    let take = |request: &mut RebuildRequest, part: Rebuilt| {
        submissions += part.submissions;
        restored += part.restored;
        troubles.extend(part.troubles);
        request.after = part.next;
        Step {
            more: request.after.is_some(),
            so_far: format!("{submissions} submissions looked at, {restored} documents restored"),
        }
    };
    sweep(client, &["v1", "rebuild"], RebuildRequest::default(), take).await?;
    let all = json!({ "submissions": submissions, "restored": restored, "troubles": troubles });
    let text = format!("Looked at {submissions} submissions; {restored} documents were lost and are back.");
    let troubles: Vec<_> = troubles
        .iter()
        .map(|trouble| format!("{} could not be restored: {}", trouble.submission, trouble.reason))
        .collect();
    report(json, &all, &troubles, text)
}

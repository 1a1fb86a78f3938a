//! `renormalize`.

use std::process::ExitCode;

use api::operations::{RenormalizeRequest, RenormalizeTrouble, Renormalized};
use portfolio::SubmissionId;
use serde_json::json;

use super::sweep::{Step, report, sweep};
use crate::client::Client;

#[derive(clap::Args)]
pub(crate) struct Renormalize {
    /// Only what this third party has reviewed.
    #[arg(long, value_name = "NAME")]
    vendor: Option<String>,
    /// Only what an adapter of an earlier version than this has made.
    #[arg(long, value_name = "VERSION")]
    adapter_before: Option<String>,
    /// Only the documents of this submission.
    #[arg(long, value_name = "ID")]
    submission: Option<SubmissionId>,
}

/// Goes through all documents.
pub(crate) async fn run(client: &Client, json: bool, wanted: Renormalize) -> anyhow::Result<ExitCode> {
    let (mut documents, mut queued, mut troubles) = (0, 0, Vec::<RenormalizeTrouble>::new());
    let request = RenormalizeRequest {
        vendor: wanted.vendor,
        adapter_before: wanted.adapter_before,
        submission: wanted.submission,
        after: None,
    };
    let take = |request: &mut RenormalizeRequest, part: Renormalized| {
        documents += part.documents;
        queued += part.queued;
        troubles.extend(part.troubles);
        request.after = part.next;
        Step {
            more: request.after.is_some(),
            so_far: format!("{documents} documents looked at, {queued} queued"),
        }
    };
    sweep(client, &["v1", "renormalize"], request, take).await?;
    let all = json!({ "documents": documents, "queued": queued, "troubles": troubles });
    let text = format!("Looked at {documents} documents; {queued} are queued to be normalized again.");
    let troubles: Vec<_> = troubles
        .iter()
        .map(|trouble| format!("{}: {}", trouble.document, trouble.reason))
        .collect();
    report(json, &all, &troubles, text)
}

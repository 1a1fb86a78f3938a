//! `renormalize`.

use std::process::ExitCode;

use api::operations::{RenormalizeRequest, RenormalizeTrouble, Renormalized};
use indicatif::ProgressBar;
use portfolio::SubmissionId;
use serde_json::json;

use super::print;
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

/// Goes through all documents, some at a time. It may be broken off and begun again.
pub(crate) async fn run(client: &Client, json: bool, wanted: Renormalize) -> anyhow::Result<ExitCode> {
    let progress = ProgressBar::new_spinner();
    let (mut documents, mut queued, mut troubles) = (0, 0, Vec::<RenormalizeTrouble>::new());
    let mut request = RenormalizeRequest {
        vendor: wanted.vendor,
        adapter_before: wanted.adapter_before,
        submission: wanted.submission,
        after: None,
    };
    loop {
        let part = client
            .post::<Renormalized>(&["v1", "renormalize"], &request)
            .await?
            .value;
        documents += part.documents;
        queued += part.queued;
        troubles.extend(part.troubles);
        progress.set_message(format!("{documents} documents looked at, {queued} queued"));
        progress.tick();
        match part.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    progress.finish_and_clear();
    for trouble in &troubles {
        eprintln!("{}: {}", trouble.document, trouble.reason);
    }
    let all = json!({ "documents": documents, "queued": queued, "troubles": troubles });
    let printed = print(json, &all, || {
        format!("Looked at {documents} documents; {queued} are queued to be normalized again.")
    })?;
    Ok(if troubles.is_empty() {
        printed
    } else {
        ExitCode::FAILURE
    })
}

//! `redrive`.

use std::process::ExitCode;

use anyhow::bail;
use api::operations::{RedriveOne, RedriveRequest, Redriven, RedrivenMany};
use indicatif::ProgressBar;
use jiff::Timestamp;
use portfolio::DocumentId;
use serde_json::json;

use super::dead_letters::Filter;
use super::print;
use crate::client::Client;

#[derive(clap::Args)]
pub(crate) struct Redrive {
    /// This one, with its queue (--queue).
    #[arg(value_name = "DOCUMENT", requires = "queue")]
    document: Option<DocumentId>,
    #[command(flatten)]
    filter: Filter,
    /// All of them.
    #[arg(long, conflicts_with_all = ["document", "queue", "reason", "vendor", "since", "until"])]
    all: bool,
    /// Ask the third party for a new review, instead of trying the stage that failed again.
    #[arg(long)]
    ask_again: bool,
}

pub(crate) async fn run(client: &Client, json: bool, redrive: Redrive) -> anyhow::Result<ExitCode> {
    let mut request = redrive.filter.request();
    if let (Some(document), Some(queue)) = (redrive.document, &request.queue) {
        let redrive = RedriveOne {
            ask_again: redrive.ask_again,
        };
        return one(client, json, queue, document, redrive).await;
    }
    if request == RedriveRequest::default() && !redrive.all {
        bail!(
            "which dead letters? Name a DOCUMENT and its --queue, or say what they have in common (--queue, --reason, \
             --vendor, --since, --until), or --all"
        );
    }
    request.ask_again = redrive.ask_again;
    // What fails again from now on is not meant, however long this takes.
    request.until.get_or_insert_with(Timestamp::now);
    let progress = ProgressBar::new_spinner();
    let mut redriven = 0;
    loop {
        let answer = client
            .post::<RedrivenMany>(&["v1", "dead-letters", "redrive"], &request)
            .await?;
        redriven += answer.value.redriven;
        progress.set_message(format!("{redriven} redriven"));
        progress.tick();
        match answer.value.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    progress.finish_and_clear();
    print(json, &json!({ "redriven": redriven }), || match redriven {
        0 => "There was nothing to redrive.".to_owned(),
        1 => "1 document is on its way again.".to_owned(),
        many => format!("{many} documents are on their way again."),
    })
}

async fn one(
    client: &Client,
    json: bool,
    queue: &str,
    document: DocumentId,
    redrive: RedriveOne,
) -> anyhow::Result<ExitCode> {
    let id = document.to_string();
    let path = ["v1", "dead-letters", queue, id.as_str(), "redrive"];
    let answer = client.post::<Redriven>(&path, &redrive).await?;
    print(json, &answer.json, || {
        format!("{id} is on its way again: {}.", answer.value.state)
    })
}

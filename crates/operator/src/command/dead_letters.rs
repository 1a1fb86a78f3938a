//! `dead-letters`, `discard`.

use std::process::ExitCode;

use api::Page;
use api::operations::{DeadLetter, DeadLetterDetail, Discarded, Reason, RedriveRequest};
use jiff::Timestamp;
use portfolio::DocumentId;
use serde::Serialize;

use super::{Nothing, history, print};
use crate::client::Client;
use crate::table::{ago, table, text, time};

/// Which dead letters are meant.
#[derive(clap::Args)]
pub(crate) struct Filter {
    /// Only those of this queue.
    #[arg(long, value_name = "QUEUE")]
    queue: Option<String>,
    /// Only those that failed for this reason, such as unreachable.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Only those of this third party.
    #[arg(long, value_name = "VENDOR")]
    vendor: Option<String>,
    /// Only those that were given up then or later (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only those that were given up then or earlier (RFC 3339).
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl Filter {
    pub(crate) fn request(self) -> RedriveRequest {
        RedriveRequest {
            queue: self.queue,
            reason: self.reason,
            vendor: self.vendor,
            since: self.since,
            until: self.until,
            ..RedriveRequest::default()
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// Show this one whole, with its queue (--queue): every attempt, what was queued, its history.
    #[arg(value_name = "DOCUMENT", requires = "queue")]
    document: Option<DocumentId>,
    #[command(flatten)]
    filter: Filter,
    /// How many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
    /// Where to go on: what the list before ended with.
    #[arg(long, value_name = "CURSOR")]
    after: Option<api::Cursor>,
}

#[derive(clap::Args)]
pub(crate) struct Discard {
    /// The queue in which it was given up.
    queue: String,
    /// The document.
    document: DocumentId,
    /// Why, for the document's history.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Serialize)]
struct Query {
    #[serde(flatten)]
    filter: RedriveRequest,
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<api::Cursor>,
}

pub(crate) async fn list(client: &Client, json: bool, list: List) -> anyhow::Result<ExitCode> {
    if let (Some(document), Some(queue)) = (list.document, &list.filter.queue) {
        return show(client, json, queue, document).await;
    }
    let query = Query {
        filter: list.filter.request(),
        limit: list.limit,
        after: list.after,
    };
    let answer = client.get::<Page<DeadLetter>>(&["v1", "dead-letters"], &query).await?;
    print(json, &answer.json, || in_words(&answer.value, Timestamp::now()))
}

fn in_words(page: &Page<DeadLetter>, now: Timestamp) -> String {
    if page.items.is_empty() && page.next.is_none() {
        return "There are no such dead letters.".to_owned();
    }
    let mut rows = table(
        &[
            "queue",
            "document",
            "vendor",
            "given up",
            "attempts",
            "reason",
            "submission",
        ],
        &[4],
    );
    for letter in &page.items {
        rows.add_row([
            letter.queue.clone(),
            letter.document.to_string(),
            letter.vendor.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{} ago", ago(letter.at, now)),
            letter.attempts.to_string(),
            letter.failure.code.clone(),
            letter.title.clone(),
        ]);
    }
    match &page.next {
        None => text(&rows),
        Some(next) => format!("{}\nThere are more: --after {next}", text(&rows)),
    }
}

async fn show(client: &Client, json: bool, queue: &str, document: DocumentId) -> anyhow::Result<ExitCode> {
    let id = document.to_string();
    let path = ["v1", "dead-letters", queue, id.as_str()];
    let answer = client.get::<DeadLetterDetail>(&path, &Nothing {}).await?;
    print(json, &answer.json, || whole(&answer.value))
}

fn whole(detail: &DeadLetterDetail) -> String {
    let letter = &detail.dead_letter;
    let mut lines = vec![
        format!("document    {}", letter.document),
        format!("submission  {} ({})", letter.submission, letter.title),
        format!("queue       {}, queued {}", letter.queue, time(detail.enqueued_at)),
        format!("given up    {}", time(letter.at)),
        format!("reason      {}: {}", letter.failure.code, letter.failure.message),
    ];
    let optional = [
        ("vendor", &letter.vendor),
        ("review", &detail.review),
        ("trace", &detail.traceparent),
    ];
    for (name, value) in optional {
        lines.extend(value.as_ref().map(|value| format!("{name:<11} {value}")));
    }
    lines.push(format!("body        {}", detail.body));
    lines.push(format!("attempts    {}", letter.attempts));
    for attempt in &letter.errors {
        lines.push(format!("  {}  {}: {}", time(attempt.at), attempt.code, attempt.message));
    }
    lines.push("history".to_owned());
    lines.push(history::lines(&detail.history));
    lines.join("\n")
}

pub(crate) async fn discard(client: &Client, json: bool, discard: Discard) -> anyhow::Result<ExitCode> {
    let id = discard.document.to_string();
    let path = ["v1", "dead-letters", discard.queue.as_str(), id.as_str(), "discard"];
    let reason = Reason { reason: discard.reason };
    let answer = client.post::<Discarded>(&path, &reason).await?;
    print(json, &answer.json, || {
        format!("{id} is no dead letter any more. It stays failed.")
    })
}

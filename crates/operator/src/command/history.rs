//! `history`.

use std::process::ExitCode;

use api::operations;
use api::submissions::Event;
use portfolio::DocumentId;
use serde_json::Value;

use super::{Nothing, print};
use crate::client::Client;
use crate::table::{after, table, text, time};

#[derive(clap::Args)]
pub(crate) struct History {
    /// The document.
    document: DocumentId,
}

pub(crate) async fn show(client: &Client, json: bool, history: History) -> anyhow::Result<ExitCode> {
    let id = history.document.to_string();
    let path = ["v1", "documents", id.as_str(), "history"];
    let answer = client.get::<operations::History>(&path, &Nothing {}).await?;
    print(json, &answer.json, || in_words(&answer.value))
}

fn in_words(history: &operations::History) -> String {
    let attempts = (history.attempts > 0).then(|| format!("{} failed attempts at this stage", history.attempts));
    let next = history
        .next_attempt_at
        .map(|at| format!("the next one at {}", time(at)));
    let failure = history
        .failure
        .as_ref()
        .map(|failure| format!("{}: {}", failure.code, failure.message));
    let now = [
        Some(format!("{} since {}", history.state, time(history.since))),
        attempts,
        next,
    ];
    let now: Vec<_> = now.into_iter().flatten().collect();
    let lines = [Some(now.join(", ")), failure, Some(lines(&history.history))];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What happened, one line each.
pub(crate) fn lines(history: &[Event]) -> String {
    let mut rows = table(&["time", "after", "event", "state", ""], &[1]);
    let beginning = history.first().map(|event| event.at);
    for event in history {
        rows.add_row([
            time(event.at),
            beginning
                .map(|beginning| after(event.at, beginning))
                .unwrap_or_default(),
            event.event.clone(),
            event.state.to_string(),
            detail(event.detail.as_ref()),
        ]);
    }
    text(&rows)
}

/// The members of an event's detail, each as `name value`; what is an object, in the short words of its own members.
fn detail(detail: Option<&Value>) -> String {
    let Some(Value::Object(members)) = detail else {
        return String::new();
    };
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let texts: Vec<_> = members
                .values()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
                .collect();
            texts.join(": ")
        }
        other => other.to_string(),
    };
    let members: Vec<_> = members
        .iter()
        .map(|(name, member)| format!("{name} {}", value(member)))
        .collect();
    members.join(", ")
}

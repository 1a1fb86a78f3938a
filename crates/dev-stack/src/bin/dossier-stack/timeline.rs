//! Shows each stage of each document as it happens.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use api::State;
use api::submissions::{Document, Event, Submission};
use dev_stack::client::Client;
use jiff::Timestamp;
use portfolio::{DocumentId, SubmissionId};
use serde_json::Value;

use crate::progress::Screen;

/// How often the submission is looked at. Asking for what has not changed costs almost nothing.
const INTERVAL: Duration = Duration::from_millis(100);

/// What has been shown.
pub(crate) struct Timeline<'a> {
    screen: &'a Screen,
    start: Timestamp,
    name_width: usize,
    shown: HashMap<DocumentId, Shown>,
}

#[derive(Default)]
struct Shown {
    events: usize,
    state: Option<State>,
    next_attempt: Option<Timestamp>,
}

impl<'a> Timeline<'a> {
    /// A timeline whose clock starts now.
    pub(crate) fn new(screen: &'a Screen, start: Timestamp) -> Self {
        Self {
            screen,
            start,
            name_width: 0,
            shown: HashMap::new(),
        }
    }

    /// Follows a submission until each of its documents is ready or failed.
    pub(crate) async fn follow(mut self, teacher: &Client, id: SubmissionId) -> Result<Submission> {
        let mut version = None;
        let mut waiting = false;
        loop {
            match teacher.submission(id, version.as_deref()).await {
                Ok(Some((submission, new_version))) => {
                    version = new_version;
                    waiting = false;
                    self.show(&submission);
                    if submission.documents.iter().all(|document| document.state.is_terminal()) {
                        return Ok(submission);
                    }
                }
                Ok(None) => waiting = false,
                Err(error) if error.is_transient() => {
                    if !waiting {
                        self.screen.say(format_args!("{error}; waiting until it does"));
                    }
                    waiting = true;
                }
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn show(&mut self, submission: &Submission) {
        self.name_width = submission
            .documents
            .iter()
            .map(|document| document.name.chars().count())
            .max()
            .unwrap_or(0);
        let mut lines = Vec::new();
        for document in &submission.documents {
            let shown = self.shown.entry(document.id).or_default();
            for event in document.history.iter().skip(shown.events) {
                if let Some(what) = in_words(event, shown.state, document) {
                    lines.push((event.at, document.name.as_str(), what));
                }
                shown.state = Some(event.state);
            }
            shown.events = document.history.len();
            // While a document is in review, its next attempt is for the case that the third party never calls back.
            if document.attempts > 0
                && document.state != State::InReview
                && document.next_attempt_at != shown.next_attempt
            {
                shown.next_attempt = document.next_attempt_at;
                if let Some(at) = document.next_attempt_at {
                    let what = format!("attempt {} at {:.3} s", document.attempts + 1, seconds(self.start, at));
                    lines.push((Timestamp::now(), document.name.as_str(), what));
                }
            }
        }
        lines.sort_by_key(|(at, _, _)| *at);
        for (at, name, what) in lines {
            let (seconds, width) = (seconds(self.start, at), self.name_width);
            self.screen
                .say(format_args!("{seconds:>9.3} s  {name:<width$}  {what}"));
        }
    }
}

/// What an event is for the person who handed the document in; nothing when it tells nothing new.
fn in_words(event: &Event, before: Option<State>, document: &Document) -> Option<String> {
    if before != Some(event.state) {
        let stage = match event.state {
            State::AwaitingUpload => return None,
            State::Uploaded => "queued",
            State::Transferring => "sent",
            State::InReview => "in review",
            State::Verifying => "returned",
            State::Normalizing => "verified",
            State::Ready => "ready",
            State::Failed => {
                let reason = document.failure.as_ref().map(|failure| failure.message.as_str());
                return Some(format!("failed: {}", reason.unwrap_or("no reason was recorded")));
            }
        };
        return Some(stage.to_owned());
    }
    // A worker has taken the document up, which says no more than the stage that it is in.
    if event.event == "received" {
        return None;
    }
    let word = event.event.replace('-', " ");
    match event
        .detail
        .as_ref()
        .and_then(|detail| detail.get("message"))
        .and_then(Value::as_str)
    {
        Some(message) => Some(format!("{word}: {message}")),
        None => Some(word),
    }
}

fn seconds(start: Timestamp, at: Timestamp) -> f64 {
    at.duration_since(start).as_secs_f64()
}

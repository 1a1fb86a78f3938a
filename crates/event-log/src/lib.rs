//! What components write down: one line of JSON per event, on standard error, where Spin and every platform under it collect it.
//!
//! A line has an `event` in kebab-case and, where they are known, `submission`, `document`, `queue`, `attempt` and `trace_id` (W3C
//! Trace Context), so that a document's way can be followed through all components. Lines of the audit trail have
//! `"audit": true`, and say in `by` and `tenant` who did what the event says.
//!
//! No line holds a token, a secret, a signature, a presigned link's query or a document's text. What identifies is given as such; the
//! only free text is a reason, and what looks like one of those is cut out of it ([`redacted`]).

#![forbid(unsafe_code)]

mod redaction;

use std::fmt::Display;
use std::io::{self, Write as _};

use serde_json::{Map, Value};

pub use redaction::redacted;

/// The longest reason that is written down, in characters.
const LONGEST_REASON: usize = 1000;

/// One event, not yet written.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an event is written by `write`"]
pub struct Event {
    fields: Map<String, Value>,
}

impl Event {
    /// An event of this name, in kebab-case.
    pub fn new(event: &'static str) -> Self {
        Self { fields: Map::new() }.with("event", event.into())
    }

    /// Something that somebody did or saw, for the audit trail: `by` is the subject of their token.
    pub fn audit(event: &'static str, by: &str) -> Self {
        Self::new(event).with("audit", true.into()).with("by", by.into())
    }

    /// Whose deployment within the deployment it was: a school, a district, a programme.
    pub fn tenant(self, tenant: &str) -> Self {
        self.with("tenant", tenant.into())
    }

    /// The submission that it was about.
    pub fn submission(self, id: impl Display) -> Self {
        self.with("submission", id.to_string().into())
    }

    /// The document that it was about.
    pub fn document(self, id: impl Display) -> Self {
        self.with("document", id.to_string().into())
    }

    /// The queue in which it happened.
    pub fn queue(self, queue: &str) -> Self {
        self.with("queue", queue.into())
    }

    /// How often the item has been taken, this time counted.
    pub fn attempt(self, attempt: u64) -> Self {
        self.with("attempt", attempt.into())
    }

    /// The trace that it belongs to, by its `traceparent`.
    pub fn trace(self, traceparent: Option<&str>) -> Self {
        let trace_id = traceparent.and_then(|traceparent| traceparent.split('-').nth(1));
        match trace_id {
            Some(id) => self.with("trace_id", id.into()),
            None => self,
        }
    }

    /// A name from a list that the code knows: a stable code, a role, a check.
    pub fn code(self, name: &'static str, code: &str) -> Self {
        self.with(name, code.into())
    }

    /// How many of something.
    pub fn count(self, name: &'static str, count: u64) -> Self {
        self.with(name, count.into())
    }

    /// Why, in words. It may come from anywhere: what looks like a secret is cut out of it.
    pub fn reason(self, reason: impl Display) -> Self {
        let reason = redacted(&reason.to_string());
        let cut: String = reason.chars().take(LONGEST_REASON).collect();
        self.with("reason", cut.into())
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        Value::Object(self.fields.clone()).to_string()
    }

    /// Writes it down, as a whole: instances that write into the same log at the same time do not write into each other's lines.
    pub fn write(self) {
        let line = self.line() + "\n";
        // Standard error has no buffer, and `eprintln!` would write the line's end on its own. Nobody is left to be told when
        // it cannot be written.
        let _ = io::stderr().write_all(line.as_bytes());
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json() {
        let event = Event::new("attempt-failed")
            .submission("s")
            .document("d")
            .queue("transfer")
            .attempt(2)
            .trace(Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
            .reason("line one\nline two");
        assert_eq!(
            event.line(),
            r#"{"attempt":2,"document":"d","event":"attempt-failed","queue":"transfer","reason":"line one\nline two","submission":"s","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#
        );
        assert_eq!(
            Event::audit("read", "evaluator-1").tenant("north").trace(None).line(),
            r#"{"audit":true,"by":"evaluator-1","event":"read","tenant":"north"}"#
        );
    }

    #[test]
    fn a_reason_without_end_is_cut() {
        let line = Event::new("problem").reason("é ".repeat(100_000)).line();
        assert!(line.len() < 3 * LONGEST_REASON, "{}", line.len());
    }
}

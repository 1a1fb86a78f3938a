//! Whether a file is what it must be, found out while its bytes pass by.
//!
//! A third party says that a file is JSON, WebVTT or MP4, and a sign-in page or half a video says so as well. An
//! [`Inspection`] is fed the file piece by piece, in order, and says at the end what is wrong with it:
//!
//! ```
//! use file_form::{Form, Inspection};
//!
//! let mut inspection = Inspection::new(Form::Text);
//! inspection.update("Füße".as_bytes().split_at(2).0);
//! assert_eq!(inspection.finish().unwrap_err().to_string(), "it ends in the middle of a character");
//! ```
//!
//! Text and video are judged as they pass, with memory that does not grow. JSON and WebVTT are kept until the end; whoever
//! feeds the inspection bounds their size.

#![forbid(unsafe_code)]

mod json;
mod mp4;
mod text;
mod web_vtt;

use serde::{Deserialize, Serialize};

pub use json::{JsonRule, JsonType};
use mp4::Mp4;
use text::Utf8;

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Anything.
    Any,
    /// UTF-8 throughout, without NUL.
    Text,
    /// JSON (RFC 8259) that fulfils these rules.
    Json(Vec<JsonRule>),
    /// WebVTT, with every cue readable.
    WebVtt,
    /// MP4 (ISO/IEC 14496-12): whole boxes to the very end of the file, and an index of tracks among them.
    Mp4,
}

/// What is wrong with a file, in words that follow its name and a colon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub(crate) String);

/// A file on its way past.
#[derive(Debug, Clone)]
pub struct Inspection(State);

#[derive(Debug, Clone)]
enum State {
    Any,
    Text(Utf8),
    Json(Vec<JsonRule>, Vec<u8>),
    WebVtt(Vec<u8>),
    Mp4(Mp4),
}

/// What an inspection knows so far, to go on from later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Snapshot {
    /// Of [`Form::Any`].
    Any,
    /// Of [`Form::Text`].
    Text(Utf8),
    /// Of [`Form::Mp4`].
    Mp4(Mp4),
}

impl Inspection {
    /// An inspection that has seen nothing yet.
    pub fn new(form: Form) -> Self {
        Self(match form {
            Form::Any => State::Any,
            Form::Text => State::Text(Utf8::default()),
            Form::Json(rules) => State::Json(rules, Vec::new()),
            Form::WebVtt => State::WebVtt(Vec::new()),
            Form::Mp4 => State::Mp4(Mp4::default()),
        })
    }

    /// The next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Any => {}
            State::Text(text) => text.update(bytes),
            State::Json(_, kept) | State::WebVtt(kept) => kept.extend_from_slice(bytes),
            State::Mp4(boxes) => boxes.update(bytes),
        }
    }

    /// The file is at its end.
    pub fn finish(self) -> Result<(), Wrong> {
        match self.0 {
            State::Any => Ok(()),
            State::Text(text) => text.finish(),
            State::Json(rules, kept) => json::check(&rules, &kept),
            State::WebVtt(kept) => web_vtt::check(&kept),
            State::Mp4(boxes) => boxes.finish(),
        }
    }

    /// What is known so far; none where that would be the whole file.
    pub fn snapshot(&self) -> Option<Snapshot> {
        match &self.0 {
            State::Any => Some(Snapshot::Any),
            State::Text(text) => Some(Snapshot::Text(text.clone())),
            State::Mp4(boxes) => Some(Snapshot::Mp4(boxes.clone())),
            State::Json(..) | State::WebVtt(_) => None,
        }
    }
}

impl From<Snapshot> for Inspection {
    /// The inspection that goes on where the snapshot was taken.
    fn from(snapshot: Snapshot) -> Self {
        Self(match snapshot {
            Snapshot::Any => State::Any,
            Snapshot::Text(text) => State::Text(text),
            Snapshot::Mp4(boxes) => State::Mp4(boxes),
        })
    }
}

fn wrong(reason: impl Into<String>) -> Wrong {
    Wrong(reason.into())
}

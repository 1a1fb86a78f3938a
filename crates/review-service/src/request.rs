//! What a client asks for: the body of `POST /v1/reviews`.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::behaviour::Rule;
use crate::problem::Problem;

/// The largest lesson plan, in bytes.
const LARGEST_TEXT: u64 = 100 << 20;

/// The largest video, in bytes.
const LARGEST_VIDEO: u64 = 50 << 30;

/// The body of a request for a review; the members are described in `API.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) document_url: Url,
    pub(crate) callback_url: Url,
    pub(crate) reference: String,
    pub(crate) kind: Kind,
    pub(crate) media_type: String,
    pub(crate) name: String,
    /// In bytes; none where the client's interface has no place for it.
    pub(crate) size: Option<u64>,
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) behaviour: Vec<Rule>,
}

/// What kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    LessonPlan,
    ClassroomVideo,
}

/// The formats that are reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Markdown,
    Docx,
    Pdf,
    Mp4,
}

impl Format {
    /// The most bytes that a document of this format may have.
    pub(crate) fn largest(self) -> u64 {
        if self == Self::Mp4 { LARGEST_VIDEO } else { LARGEST_TEXT }
    }
}

impl Request {
    /// Reads and checks a body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let request: Self = crate::http::json::parse(body)?;
        if request.size.is_none() {
            return Err(Problem::invalid("`size` is missing."));
        }
        request.check()?;
        Ok(request)
    }

    /// The document's format; none if it is not reviewed, or does not fit the kind.
    pub(crate) fn format(&self) -> Option<Format> {
        let (kind, format) = match self.media_type.to_ascii_lowercase().as_str() {
            "text/plain" => (Kind::LessonPlan, Format::Plain),
            "text/markdown" => (Kind::LessonPlan, Format::Markdown),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
                (Kind::LessonPlan, Format::Docx)
            }
            "application/pdf" => (Kind::LessonPlan, Format::Pdf),
            // One family: MP4 came of QuickTime's file format, and M4V is Apple's name for it.
            "video/mp4" | "video/quicktime" | "video/x-m4v" => (Kind::ClassroomVideo, Format::Mp4),
            _ => return None,
        };
        (kind == self.kind).then_some(format)
    }

    /// Whether every member makes sense.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        for (member, link) in [
            ("document_url", &self.document_url),
            ("callback_url", &self.callback_url),
        ] {
            if link.scheme() != "http" || !link.has_host() {
                return Err(Problem::invalid(format!(
                    "`{member}` must be a link that begins with http://."
                )));
            }
        }
        for (member, value) in [
            ("reference", &self.reference),
            ("name", &self.name),
            ("title", &self.title),
        ] {
            if value.is_empty() || value.chars().count() > 255 {
                return Err(Problem::invalid(format!("`{member}` must have 1 to 255 characters.")));
            }
        }
        let Some(format) = self.format() else {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unsupported-media-type",
                format!(
                    "This service does not review {} as this kind of document.",
                    self.media_type
                ),
            ));
        };
        let largest = format.largest();
        if self.size.is_some_and(|size| size > largest) {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "document-too-large",
                format!("A document of this kind may have {largest} bytes at most."),
            ));
        }
        Ok(())
    }
}

//! Which files come back, and how to find them again.

use crate::wit::{Document, DocumentKind, Expectation, Form, JsonRule, JsonType, ReturnedFile};

pub(crate) const TEXT: &str = "text";
pub(crate) const FINDINGS: &str = "findings";
pub(crate) const MEDIA: &str = "media";
pub(crate) const CHAPTERS: &str = "chapters";
pub(crate) const CAPTIONS: &str = "captions";

const MEBIBYTE: u64 = 1024 * 1024;

pub(crate) fn expectations(document: &Document) -> Vec<Expectation> {
    let expect = |role: &str, media_type: &str, max_size, form| Expectation {
        role: role.into(),
        required: true,
        media_types: vec![media_type.into()],
        max_size,
        form,
        content: true,
    };
    match document.kind {
        DocumentKind::LessonPlan => vec![
            Expectation {
                content: false,
                ..expect(TEXT, "text/plain", 16 * MEBIBYTE, Form::Text)
            },
            expect(FINDINGS, "application/json", 16 * MEBIBYTE, findings()),
        ],
        DocumentKind::ClassroomVideo => vec![
            expect(MEDIA, "application/json", MEBIBYTE, media()),
            expect(CHAPTERS, "text/vtt", 4 * MEBIBYTE, Form::WebVtt),
            Expectation {
                required: false,
                ..expect(CAPTIONS, "text/vtt", 16 * MEBIBYTE, Form::WebVtt)
            },
        ],
    }
}

fn findings() -> Form {
    json(&[
        ("/format", JsonType::String),
        ("/language", JsonType::String),
        ("/text/characters", JsonType::UnsignedInteger),
        ("/text/words", JsonType::UnsignedInteger),
        ("/findings", JsonType::Array),
        ("/findings/*/start", JsonType::UnsignedInteger),
        ("/findings/*/end", JsonType::UnsignedInteger),
        ("/findings/*/quote", JsonType::String),
        ("/findings/*/message", JsonType::String),
    ])
}

fn media() -> Form {
    json(&[
        ("/format", JsonType::String),
        ("/duration_seconds", JsonType::Number),
        ("/tracks", JsonType::Array),
        ("/tracks/*/type", JsonType::String),
        ("/tracks/*/codec", JsonType::String),
    ])
}

fn json(rules: &[(&str, JsonType)]) -> Form {
    let rule = |(pointer, type_): &(&str, JsonType)| JsonRule {
        pointer: (*pointer).into(),
        type_: *type_,
        required: true,
    };
    Form::Json(rules.iter().map(rule).collect())
}

/// The content of the file with a role, as UTF-8.
pub(crate) fn content<'a>(files: &'a [ReturnedFile], role: &str) -> Result<&'a str, String> {
    let file = files
        .iter()
        .find(|file| file.role == role)
        .ok_or_else(|| format!("the file {role} is missing"))?;
    std::str::from_utf8(&file.content).map_err(|error| format!("the file {role} is not UTF-8: {error}"))
}

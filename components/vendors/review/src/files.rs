//! Which files come back, and how to find them again.

use crate::wit::{Document, DocumentKind, Expectation, ReturnedFile};

pub(crate) const TEXT: &str = "text";
pub(crate) const FINDINGS: &str = "findings";
pub(crate) const MEDIA: &str = "media";
pub(crate) const CHAPTERS: &str = "chapters";
pub(crate) const CAPTIONS: &str = "captions";

const MEBIBYTE: u64 = 1024 * 1024;

pub(crate) fn expectations(document: &Document) -> Vec<Expectation> {
    let expect = |role: &str, media_type: &str, max_size, required, content| Expectation {
        role: role.into(),
        required,
        media_types: vec![media_type.into()],
        max_size,
        content,
    };
    match document.kind {
        DocumentKind::LessonPlan => vec![
            expect(TEXT, "text/plain", 16 * MEBIBYTE, true, false),
            expect(FINDINGS, "application/json", 16 * MEBIBYTE, true, true),
        ],
        DocumentKind::ClassroomVideo => vec![
            expect(MEDIA, "application/json", MEBIBYTE, true, true),
            expect(CHAPTERS, "text/vtt", 4 * MEBIBYTE, true, true),
            expect(CAPTIONS, "text/vtt", 16 * MEBIBYTE, false, true),
        ],
    }
}

/// The content of the file with a role, as UTF-8.
pub(crate) fn content<'a>(files: &'a [ReturnedFile], role: &str) -> Result<&'a str, String> {
    let file = files
        .iter()
        .find(|file| file.role == role)
        .ok_or_else(|| format!("the file {role} is missing"))?;
    std::str::from_utf8(&file.content).map_err(|error| format!("the file {role} is not UTF-8: {error}"))
}

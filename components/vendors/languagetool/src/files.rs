//! Which files come back, and how to find them again.

use crate::wit::{Expectation, Form, JsonRule, JsonType, ReturnedFile};

/// The text that was checked: offsets count in it.
pub(crate) const TEXT: &str = "text";
/// The answer of `/v2/check`.
pub(crate) const CHECK: &str = "check";

const MEBIBYTE: u64 = 1024 * 1024;

pub(crate) fn expectations() -> Vec<Expectation> {
    let rule = |pointer: &str, type_, required| JsonRule {
        pointer: pointer.into(),
        type_,
        required,
    };
    let answer = Form::Json(vec![
        rule("/language/code", JsonType::String, true),
        rule("/matches", JsonType::Array, true),
        rule("/matches/*/message", JsonType::String, true),
        rule("/matches/*/offset", JsonType::UnsignedInteger, true),
        rule("/matches/*/length", JsonType::UnsignedInteger, true),
        rule("/matches/*/replacements", JsonType::Array, true),
        rule("/matches/*/replacements/*/value", JsonType::String, false),
        rule("/matches/*/rule/id", JsonType::String, true),
        rule("/matches/*/rule/category/id", JsonType::String, false),
    ]);
    let expect = |role: &str, media_type: &str, form| Expectation {
        role: role.into(),
        required: true,
        media_types: vec![media_type.into()],
        max_size: 16 * MEBIBYTE,
        form,
        content: true,
    };
    vec![
        expect(TEXT, "text/plain", Form::Text),
        expect(CHECK, "application/json", answer),
    ]
}

/// The content of the file with a role, as UTF-8.
pub(crate) fn content<'a>(files: &'a [ReturnedFile], role: &str) -> Result<&'a str, String> {
    let file = files
        .iter()
        .find(|file| file.role == role)
        .ok_or_else(|| format!("the file {role} is missing"))?;
    std::str::from_utf8(&file.content).map_err(|error| format!("the file {role} is not UTF-8: {error}"))
}

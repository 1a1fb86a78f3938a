//! The one file that comes back.

use crate::wit::{Expectation, Form, JsonRule, JsonType};

/// The transcript, as `GET /v2/transcript/{id}` gives it.
pub(crate) const TRANSCRIPT: &str = "transcript";

pub(crate) fn expectations() -> Vec<Expectation> {
    let rule = |pointer: &str, type_, required| JsonRule {
        pointer: pointer.into(),
        type_,
        required,
    };
    let timed = |list: &str| {
        [
            rule(&format!("/{list}"), JsonType::Array, false),
            rule(&format!("/{list}/*/text"), JsonType::String, true),
            rule(&format!("/{list}/*/start"), JsonType::UnsignedInteger, true),
            rule(&format!("/{list}/*/end"), JsonType::UnsignedInteger, true),
            rule(&format!("/{list}/*/confidence"), JsonType::Number, true),
            rule(&format!("/{list}/*/speaker"), JsonType::String, false),
        ]
    };
    let mut rules = vec![
        rule("/id", JsonType::String, true),
        rule("/status", JsonType::String, true),
        rule("/audio_duration", JsonType::Number, false),
        rule("/language_code", JsonType::String, false),
    ];
    rules.extend(timed("words"));
    rules.extend(timed("utterances"));
    vec![Expectation {
        role: TRANSCRIPT.into(),
        required: true,
        media_types: vec!["application/json".into()],
        max_size: 16 * 1024 * 1024,
        form: Form::Json(rules),
        content: true,
    }]
}

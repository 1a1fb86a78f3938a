//! Files that third parties return. They may arrive in any pieces, and the verdict must not depend on them.
//!
//! The first byte says what the file must be, the second where it is cut.

#![no_main]

use file_form::{Form, Inspection, JsonRule, JsonType};
use libfuzzer_sys::fuzz_target;

fn form(selector: u8) -> Form {
    match selector % 4 {
        0 => Form::Text,
        1 => Form::WebVtt,
        2 => Form::Mp4,
        _ => Form::Json(vec![JsonRule {
            pointer: "/findings/*/start".into(),
            kind: JsonType::UnsignedInteger,
            required: true,
        }]),
    }
}

fuzz_target!(|data: &[u8]| {
    let [selector, cut, data @ ..] = data else { return };
    let (head, tail) = data.split_at(usize::from(*cut).min(data.len()));
    let mut whole = Inspection::new(form(*selector));
    whole.update(data);
    let mut pieces = Inspection::new(form(*selector));
    pieces.update(head);
    let mut pieces = pieces.snapshot().map_or(pieces, Inspection::from);
    pieces.update(tail);
    assert_eq!(whole.finish().is_ok(), pieces.finish().is_ok());
});

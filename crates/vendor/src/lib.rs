//! A third party's adapter, as a component of the pipeline calls it.
//!
//! The functions are those of `wit/vendor.wit`, which documents them; which component answers them is a line of the
//! application's manifest. A component that does not call one of them does not import it.

pub mod canonical;

#[allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated from wit/vendor.wit, which has the documentation"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "reviewer",
        runtime_path: "::spin_sdk::wit_bindgen::rt",
        pub_export_macro: false,
    });
}

pub use bindings::dossier::vendor::adapter;

use file_form::{Form, JsonRule, JsonType};
use ledger::Item;
use portfolio::{Facts, Kind};

/// Reads the facts that the ledger keeps about a document. An error: they were written by a version that is too old or
/// too new for this one.
pub fn facts(item: &Item) -> Result<Facts, serde_json::Error> {
    serde_json::from_value(serde_json::Value::Object(item.facts.clone()))
}

/// A document in the adapter's words.
pub fn document(id: &str, facts: &Facts) -> adapter::Document {
    adapter::Document {
        id: id.to_owned(),
        submission: facts.submission.to_string(),
        kind: match facts.kind {
            Kind::LessonPlan => adapter::DocumentKind::LessonPlan,
            Kind::ClassroomVideo => adapter::DocumentKind::ClassroomVideo,
        },
        title: facts.title.clone(),
        name: facts.name.clone(),
        media_type: facts.media_type.to_string(),
        size: facts.size,
    }
}

/// What the adapter says that a file must be.
pub fn form(form: &adapter::Form) -> Form {
    match form {
        adapter::Form::Any => Form::Any,
        adapter::Form::Text => Form::Text,
        adapter::Form::Json(rules) => Form::Json(rules.iter().map(json_rule).collect()),
        adapter::Form::WebVtt => Form::WebVtt,
        adapter::Form::Mp4 => Form::Mp4,
    }
}

fn json_rule(rule: &adapter::JsonRule) -> JsonRule {
    JsonRule {
        pointer: rule.pointer.clone(),
        kind: match rule.type_ {
            adapter::JsonType::Object => JsonType::Object,
            adapter::JsonType::Array => JsonType::Array,
            adapter::JsonType::String => JsonType::String,
            adapter::JsonType::Number => JsonType::Number,
            adapter::JsonType::UnsignedInteger => JsonType::UnsignedInteger,
            adapter::JsonType::Boolean => JsonType::Boolean,
        },
        required: rule.required,
    }
}

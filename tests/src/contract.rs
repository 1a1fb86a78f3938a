//! The OpenAPI description of the public interface, as a judge of answers.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// `docs/openapi.json`.
pub struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, &'static Validator>>,
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract {
    document: read("docs/openapi.json"),
    validators: Mutex::default(),
});

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(crate::project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl Contract {
    /// The one that is committed.
    pub fn committed() -> &'static Self {
        &CONTRACT
    }

    /// Panics unless an answer is one that the description has for the operation. Paths that it does not describe are
    /// the pages'.
    pub fn hold(&self, method: &str, path: &str, status: u16, content_type: Option<&str>, body: &[u8]) {
        let Some(template) = self.template(path) else { return };
        let operation = &self.document["paths"][template][method.to_lowercase()];
        let said = format!("{method} {path} answered {status}: {}", String::from_utf8_lossy(body));
        if operation.is_null() {
            assert_eq!(status, 405, "{said}\nThere is no such operation.");
            return;
        }
        let response = self.resolved(&operation["responses"][status.to_string()]);
        assert!(
            !response.is_null(),
            "{said}\nThe description does not know this status."
        );
        let Some(contents) = response["content"].as_object() else {
            assert!(body.is_empty(), "{said}\nThe description knows of no body.");
            return;
        };
        let essence = content_type
            .and_then(|content_type| content_type.split(';').next())
            .unwrap_or_default();
        let content = contents
            .get(essence)
            .unwrap_or_else(|| panic!("{said}\nThe description does not know {essence:?}."));
        // What is not JSON is described as text.
        let instance = if essence.ends_with("json") {
            serde_json::from_slice(body).unwrap_or_else(|error| panic!("{said}\n{error}"))
        } else {
            Value::from(String::from_utf8_lossy(body))
        };
        let faults: Vec<_> = self
            .validator(&content["schema"])
            .iter_errors(&instance)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{said}\n{}", faults.join("\n"));
    }

    /// The path of the description that a path is an instance of.
    fn template(&self, path: &str) -> Option<&str> {
        let segments: Vec<_> = path.split('/').collect();
        let fits = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            parts.len() == segments.len()
                && parts
                    .iter()
                    .zip(&segments)
                    .all(|(part, segment)| part.starts_with('{') || part == segment)
        };
        self.document["paths"]
            .as_object()?
            .keys()
            .map(String::as_str)
            .find(|template| fits(template))
    }

    fn resolved<'a>(&'a self, response: &'a Value) -> &'a Value {
        match response["$ref"].as_str() {
            Some(reference) => self
                .document
                .pointer(reference.trim_start_matches('#'))
                .expect("the reference leads somewhere"),
            None => response,
        }
    }

    fn validator(&self, schema: &Value) -> &'static Validator {
        let mut validators = self.validators.lock().unwrap();
        validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = match schema["$ref"].as_str() {
                Some(file) if !file.starts_with('#') => read(&format!("docs/{file}")),
                _ => {
                    // The schema's references are to the whole document, so the components come along.
                    let mut whole = schema.clone();
                    whole["components"] = json!({ "schemas": self.document["components"]["schemas"] });
                    whole
                }
            };
            Box::leak(Box::new(
                jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{error}: {whole:#}")),
            ))
        })
    }
}

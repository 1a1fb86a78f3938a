//! The committed JSON Schema is the one that the types give, and every example in the documentation is valid.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use std::path::{Path, PathBuf};

use canonical_document::{NormalizedDocument, SchemaVersion, schema};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn committed() -> Value {
    let text = std::fs::read_to_string(schema::published_path()).expect("the schema is committed");
    serde_json::from_str(&text).unwrap()
}

/// Validates one example both ways: against the committed schema, and by the rules that a schema cannot say.
fn assert_valid(example: &Value, name: &str) {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&committed())
        .unwrap();
    let errors: Vec<_> = validator
        .iter_errors(example)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{name} does not match the schema:\n{}",
        errors.join("\n")
    );
    let document: NormalizedDocument = serde_json::from_value(example.clone()).expect(name);
    assert_eq!(document.validate(), Ok(()), "{name}");
    assert_eq!(
        &serde_json::to_value(&document).unwrap(),
        example,
        "{name} is not written as it is read"
    );
}

/// The fenced blocks of JSON in a Markdown page that are whole documents.
fn documents_in(page: &str) -> Vec<Value> {
    page.split("```json\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .filter(|block| block.contains(SchemaVersion::URI) && block.contains("\"annotations\""))
        .map(|block| serde_json::from_str(block).expect("an example in the documentation is JSON"))
        .collect()
}

#[test]
fn the_committed_schema_is_up_to_date() {
    // Compared as values: in which order a build of `serde_json` writes members depends on its features.
    let generated: Value = serde_json::from_str(&schema::json()).unwrap();
    assert!(
        committed() == generated,
        "docs/schemas/normalized-document-1.json is stale; renew it with \
         `cargo run -p canonical-document --features schema --example write-schema`"
    );
}

#[test]
fn the_schema_is_a_valid_schema() {
    assert!(jsonschema::meta::is_valid(&committed()));
}

#[test]
fn every_example_is_valid() {
    let examples = root().join("crates/canonical-document/examples");
    for name in ["lesson-plan.json", "classroom-video.json"] {
        let text = std::fs::read_to_string(examples.join(name)).unwrap();
        assert_valid(&serde_json::from_str(&text).unwrap(), name);
    }
}

#[test]
fn every_example_in_the_documentation_is_valid() {
    let mut pages: Vec<_> = std::fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.push(root().join("README.md"));
    let mut found = 0;
    for page in pages
        .iter()
        .filter(|page| page.extension().is_some_and(|extension| extension == "md"))
    {
        let Ok(text) = std::fs::read_to_string(page) else {
            continue;
        };
        for document in documents_in(&text) {
            assert_valid(&document, &page.display().to_string());
            found += 1;
        }
    }
    assert!(found >= 2, "docs/canonical-document.md shows a text and a video");
}

#[test]
fn the_schema_refuses_what_the_types_refuse() {
    let validator = jsonschema::validator_for(&committed()).unwrap();
    let path = root().join("crates/canonical-document/examples/lesson-plan.json");
    let example: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (pointer, wrong) in [
        (
            "/schema",
            Value::from("https://dossier-project.github.io/schemas/normalized-document/2"),
        ),
        ("/document", Value::from("0197C2A0-6D5F-7D02-9C3D-4A5B6C7D8E9F")),
        ("/kind", Value::from("poem")),
        ("/source/size", Value::from(-1)),
        ("/source/sha256", Value::from("none")),
        ("/annotations/0/type", Value::from("Note")),
        ("/annotations/0/motivation", Value::from("linking")),
        ("/annotations/0/body/0/type", Value::from("Image")),
        ("/annotations/0/target/selector/type", Value::from("XPathSelector")),
        ("/annotations/0/target/selector/start", Value::from("310")),
        ("/files/0/role", Value::from("../text")),
    ] {
        let mut document = example.clone();
        *document.pointer_mut(pointer).expect(pointer) = wrong;
        assert!(!validator.is_valid(&document), "the schema takes a wrong {pointer}");
        assert!(
            serde_json::from_value::<NormalizedDocument>(document).is_err(),
            "the types take a wrong {pointer}"
        );
    }
}

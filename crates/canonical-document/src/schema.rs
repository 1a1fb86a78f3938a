//! The JSON Schema of the canonical document, generated from its types.

use std::path::PathBuf;

use schemars::generate::SchemaSettings;

use crate::document::{NormalizedDocument, SchemaVersion};

/// The schema as JSON text, in JSON Schema 2020-12, ending in a newline: exactly what is committed.
pub fn json() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<NormalizedDocument>();
    schema.insert("$id".to_owned(), SchemaVersion::URI.into());
    schema.insert("title".to_owned(), "Normalized document, version 1".into());
    format!("{:#}\n", schema.to_value())
}

/// Where the schema is committed, on the machine that built this.
pub fn published_path() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/schemas/normalized-document-1.json"
    ))
}

//! Writes the JSON Schema of the canonical document to `docs/schemas/normalized-document-1.json`, or to the path given.
//!
//! ```text
//! cargo run -p canonical-document --features schema --example write-schema
//! ```

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(canonical_document::schema::published_path, PathBuf::from);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, canonical_document::schema::json())?;
    println!("Wrote {}.", path.display());
    Ok(())
}

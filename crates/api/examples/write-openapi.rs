//! Writes the OpenAPI description to `docs/openapi.json`, or to the path given.
//!
//! ```text
//! cargo run -p api --features openapi --example write-openapi
//! ```

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(api::openapi::published_path, PathBuf::from);
    std::fs::write(&path, api::openapi::json())?;
    println!("Wrote {}.", path.display());
    Ok(())
}

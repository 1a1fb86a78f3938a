//! Writes `docs/capabilities.md` from `spin.toml`.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = capability_table::Manifest::read(&std::fs::read_to_string(project.join("spin.toml"))?)?;
    std::fs::write(project.join("docs/capabilities.md"), manifest.page())?;
    Ok(())
}

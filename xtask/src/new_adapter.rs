//! `cargo xtask new-adapter`: an adapter to begin with.
//!
//! It is a copy of `components/vendors/template` under another name: a member of the workspace like any other, so what
//! this command makes is known to build and to pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::announce;
use crate::workspace::Workspace;

/// The word in the template that stands for the name.
const PLACEHOLDER: &str = "template";

/// Make an adapter for a vendor: a component that builds, with its tests and a case.
///
/// docs/adapters.md leads on from there.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The vendor's short name: 1 to 40 of a-z, 0-9 and -, beginning with a letter.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let name = arguments.name.as_str();
    let vendors = workspace.root.join("components").join("vendors");
    let folder = make(&vendors, name)?;
    announce(format_args!("{} is there; next:", folder.display()));
    let module = format!("{name}_adapter").replace('-', "_");
    eprintln!("  cargo xtask build");
    eprintln!(
        "  cargo xtask check-adapter target/wasm32-wasip2/release/{module}.wasm --cases components/vendors/{name}/cases"
    );
    eprintln!("  docs/adapters.md says how to go on, and what to add to spin.toml");
    Ok(ExitCode::SUCCESS)
}

/// Copies the template, and gives the new folder.
fn make(vendors: &Path, name: &str) -> Result<PathBuf> {
    check(name)?;
    let folder = vendors.join(name);
    if folder.exists() {
        bail!("{} exists already", folder.display());
    }
    copy(&vendors.join(PLACEHOLDER), &folder, name)?;
    Ok(folder)
}

fn check(name: &str) -> Result<()> {
    let ordinary = name
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let ends = name.starts_with(|first: char| first.is_ascii_lowercase()) && !name.ends_with('-');
    if !ordinary || !ends || name.len() > 40 || name.contains("--") {
        bail!("{name:?} cannot be the name of a vendor: use 1 to 40 of a-z, 0-9 and -, beginning with a letter");
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target, name)?;
        } else {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            fs::write(&target, text.replace(PLACEHOLDER, name))
                .with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn the_copy_bears_the_name_and_nothing_of_the_template() {
        let folder = tempfile::tempdir().unwrap();
        let vendors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/vendors");
        copy(
            &vendors.join(PLACEHOLDER),
            &folder.path().join(PLACEHOLDER),
            PLACEHOLDER,
        )
        .unwrap();
        let made = make(folder.path(), "acme-reviews").unwrap();
        let manifest = fs::read_to_string(made.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"acme-reviews-adapter\""), "{manifest}");
        let source = fs::read_to_string(made.join("src/lib.rs")).unwrap();
        assert!(source.contains("const VENDOR: &str = \"acme-reviews\"") && !source.contains(PLACEHOLDER));
        assert!(made.join("cases/completed/expected.json").is_file());
        assert!(make(folder.path(), "acme-reviews").is_err(), "nothing is overwritten");
    }

    #[test]
    fn a_name_is_one_that_can_be_used_everywhere() {
        for name in ["", "Acme", "a b", "-a", "a-", "a--b", "1a", "../a", &"a".repeat(41)] {
            assert!(check(name).is_err(), "{name}");
        }
        assert!(check("assembly-2").is_ok());
    }
}

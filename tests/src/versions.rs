//! Other versions of the components that were built.

use std::fs;
use std::path::{Path, PathBuf};

use crate::project;

/// The manifest and the components, where the test may change them.
pub fn copy_of_the_application(folder: &Path) -> PathBuf {
    let components = "target/wasm32-wasip2/release";
    fs::create_dir_all(folder.join(components)).unwrap();
    for entry in fs::read_dir(project().join(components)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            fs::copy(&path, folder.join(components).join(path.file_name().unwrap())).unwrap();
        }
    }
    let manifest = folder.join("spin.toml");
    fs::copy(project().join("spin.toml"), &manifest).unwrap();
    manifest
}

/// The same component as another file: a custom section (core specification, section 2.5.2 of the binary format) changes its
/// bytes and not its meaning.
pub fn another_version(component: &Path, mark: u8) -> Vec<u8> {
    let mut bytes = fs::read(component).unwrap();
    bytes.extend([0x00, 0x06, 0x04, b'm', b'a', b'r', b'k', mark]);
    bytes
}

/// An adapter that says another version of itself: the same code, with another text of the same length in its data.
pub fn with_version(adapter: &[u8], version: &str) -> Vec<u8> {
    let (old, new) = (env!("CARGO_PKG_VERSION").as_bytes(), version.as_bytes());
    assert_eq!(old.len(), new.len());
    let mut bytes = adapter.to_vec();
    let places: Vec<_> = (0..bytes.len().saturating_sub(old.len()))
        .filter(|at| bytes[*at..].starts_with(old))
        .collect();
    assert!(!places.is_empty(), "the adapter says its version");
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
    bytes
}

/// A file appears whole.
pub fn replace(path: &Path, bytes: &[u8]) {
    let staged = path.with_extension("staged");
    fs::write(&staged, bytes).unwrap();
    fs::rename(&staged, path).unwrap();
}

//! Every adapter of the project keeps the contract, and what does not keep it is found out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::{Path, PathBuf};

use end_to_end::project;

fn built(module: &str) -> PathBuf {
    project()
        .join("target/wasm32-wasip2/release")
        .join(module)
        .with_extension("wasm")
}

#[test]
fn every_adapter_keeps_the_contract() {
    let mut adapters: Vec<_> = fs::read_dir(project().join("components/vendors"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    adapters.sort();
    assert!(adapters.len() >= 4, "{adapters:?}");
    for folder in adapters {
        let name = folder.file_name().unwrap().to_string_lossy().replace('-', "_");
        let file = built(&format!("{name}_adapter"));
        let report = adapter_check::check(&file, Some(&folder.join("cases")), false).unwrap();
        assert!(report.passed(), "{name}:\n{report}");
    }
}

#[test]
fn a_component_that_reaches_out_is_no_adapter() {
    let report = adapter_check::check(&built("transfer"), None, false).unwrap();
    assert!(
        !report.passed() && report.to_string().contains("it imports "),
        "{report}"
    );
}

#[test]
fn a_file_that_is_no_component_is_named() {
    let report = adapter_check::check(&project().join("spin.toml"), None, false).unwrap();
    assert!(!report.passed(), "{report}");
}

/// A case that says something else than what the adapter makes fails, with the place.
#[test]
fn a_case_is_held_to_what_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("two-languages");
    copy(
        &project().join("components/vendors/languagetool/cases/two-languages"),
        &case,
    );
    let expected = case.join("expected.json");
    let text = fs::read_to_string(&expected).unwrap();
    fs::write(&expected, text.replacen("\"englisch\"", "\"English\"", 1)).unwrap();
    let report = adapter_check::check(&built("languagetool_adapter"), Some(folder.path()), false).unwrap();
    assert!(report.to_string().contains("/document/annotations/2/body"), "{report}");

    // And a file that the adapter itself would not expect is no case of it.
    fs::write(case.join("check.json"), r#"{"matches":[]}"#).unwrap();
    let report = adapter_check::check(&built("languagetool_adapter"), Some(folder.path()), false).unwrap();
    assert!(
        report.to_string().contains("/language is missing") || report.to_string().contains("/language/code"),
        "{report}"
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

//! Variations of the committed manifest, written into a test's own folder.

use std::fs;
use std::path::{Path, PathBuf};

use dev_stack::Options;

use crate::project;

/// The manifest after a change, beside the committed one's components.
pub fn changed(folder: &Path, change: impl FnOnce(String) -> String) -> PathBuf {
    let text = change(read("spin.toml"));
    let absolute = project().join("target");
    let path = folder.join("spin.toml");
    fs::write(&path, text.replace("\"target/", &format!("\"{}/", absolute.display()))).unwrap();
    path
}

/// Recordings go to a second vendor, which is added to the manifest.
pub fn with_assemblyai(options: &mut Options, folder: &Path) {
    options.manifest = changed(folder, |text| {
        format!("{text}\n{}", read("docs/manifests/assemblyai.toml"))
    });
    options.vendors.push("assemblyai".into());
    let queues = r#"{"lesson-plan":"transfer","classroom-video":"transfer-assemblyai"}"#;
    let names = "transfer verify normalize erase transfer-assemblyai verify-assemblyai normalize-assemblyai";
    let policy = options.variables["transfer_policy"].clone();
    options.variables.extend([
        ("transfer_queues".to_owned(), queues.to_owned()),
        ("queues".to_owned(), names.to_owned()),
        ("assemblyai_transfer_policy".to_owned(), policy),
    ]);
}

/// Another vendor takes the place of the first.
pub fn with_languagetool(options: &mut Options, folder: &Path) {
    options.manifest = changed(folder, |text| {
        let swapped = text
            .replace(
                r#"{ component = "review-adapter" }"#,
                r#"{ component = "languagetool-adapter" }"#,
            )
            .replace(
                r#"route = "/v1/callbacks/review""#,
                r#"route = "/v1/callbacks/languagetool""#,
            );
        format!("{swapped}\n{}", read("docs/manifests/languagetool.toml"))
    });
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

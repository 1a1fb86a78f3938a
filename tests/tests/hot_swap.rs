//! A component is replaced while documents are on their way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::{Path, PathBuf};

use end_to_end::{Rig, project};

/// The manifest and the components, where the test may change them.
fn copy_of_the_application(folder: &Path) -> PathBuf {
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
fn another_version(component: &Path, mark: u8) -> Vec<u8> {
    let mut bytes = fs::read(component).unwrap();
    bytes.extend([0x00, 0x06, 0x04, b'm', b'a', b'r', b'k', mark]);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_is_lost_while_components_are_replaced() {
    let rig = Rig::with(|options, folder| options.manifest = copy_of_the_application(folder)).await;
    let components = rig.folder().join("target/wasm32-wasip2/release");
    let mut submissions = Vec::new();
    for round in 0..6_u8 {
        for name in ["review_adapter.wasm", "normalize.wasm", "transfer.wasm"] {
            let path = components.join(name);
            let staged = components.join("staged");
            fs::write(&staged, another_version(&path, round)).unwrap();
            fs::rename(&staged, &path).unwrap();
            let text = format!("Lesson number {round}: plants makes sugar.\n");
            submissions.push(rig.hand_in("plan.txt", "text/plain", text.into()).await.0);
        }
    }
    for submission in submissions {
        let settled = rig.settled(&submission).await;
        assert_eq!(settled["state"], "ready", "{settled:#}");
    }
    rig.end().await;
}

/// A file that is half written, or no component at all, is no new version.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_does_not_replace_a_component() {
    let rig = Rig::with(|options, folder| options.manifest = copy_of_the_application(folder)).await;
    let path = rig.folder().join("target/wasm32-wasip2/release/normalize.wasm");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let (submission, _) = rig
        .hand_in("plan.txt", "text/plain", b"Plants makes sugar.\n".to_vec())
        .await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    rig.end().await;
}

//! Applications that must not start, and what is said then: a folder of `refused` each, with the manifest and the
//! message. `SPINLET_RENEW=1 cargo test -p spinlet refused` writes the messages anew.

use std::{fs, net::TcpListener, path::Path};

use crate::rig::Folder;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_is_refused_by_name() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for case in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused")).unwrap() {
        let path = case.unwrap().path();
        let folder = Folder::new(&fs::read_to_string(path.join("spin.toml")).unwrap());
        let mut options = folder.options();
        if path.join("runtime-config.toml").exists() {
            options.runtime_config = Some(folder.path().join("runtime-config.toml"));
            fs::copy(
                path.join("runtime-config.toml"),
                folder.path().join("runtime-config.toml"),
            )
            .unwrap();
        }
        let message = match options.start().await {
            Ok(_) => "it starts".to_owned(),
            Err(error) => error.to_string(),
        };
        let message = message.replace(folder.path().to_str().unwrap(), "[FOLDER]") + "\n";
        if std::env::var_os("SPINLET_RENEW").is_some() {
            fs::write(path.join("message.txt"), &message).unwrap();
        }
        let expected = fs::read_to_string(path.join("message.txt")).unwrap();
        if message != expected {
            wrong.push(format!("{}:\n  {message}  instead of\n  {expected}", path.display()));
        }
        ran += 1;
    }
    assert!(ran > 10, "the cases are found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const PROBE: &str = r#"
spin_manifest_version = 2
application = { name = "case" }
[[trigger.http]]
route = "/..."
component = "probe"
[component.probe]
source = "probe.wasm"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = Folder::new(PROBE);
    let mut options = folder.options();
    options.listen = taken.local_addr().unwrap();
    let message = options.start().await.unwrap_err().to_string();
    let address = taken.local_addr().unwrap();
    assert!(
        message.starts_with(&format!("cannot listen on {address}: Address already in use")),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_nobody_declares_is_named() {
    let folder = Folder::new(PROBE);
    let message = folder
        .options()
        .variable("hots", "x")
        .start()
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(message, "the manifest declares no variable `hots`");
}

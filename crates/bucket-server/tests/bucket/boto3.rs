//! The bucket, held to what boto3 makes of S3.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Harness;

/// Runs a command, which must succeed.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A Python with boto3, which is installed once and kept beside the build.
fn python(scripts: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boto3");
    let requirements = scripts.join("requirements.txt");
    let installed = folder.join("requirements.txt");
    let wanted = std::fs::read(&requirements).unwrap();
    let python = folder.join("bin/python");
    if std::fs::read(&installed).ok().as_ref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let mut install = Command::new(&python);
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        run(install.arg(&requirements));
        std::fs::write(&installed, wanted).unwrap();
    }
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_finds_what_it_expects_of_s3() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bucket");
    let harness = Harness::start().await;
    let endpoint = format!("http://{}", harness.server.address());
    let work = tempfile::tempdir().unwrap();
    let work_folder = work.path().to_owned();
    tokio::task::spawn_blocking(move || {
        run(Command::new(python(&scripts))
            .arg(scripts.join("boto3_client.py"))
            .current_dir(work_folder)
            .env("BUCKET_ENDPOINT", endpoint)
            .env("BUCKET_NAME", "dossier")
            .env("BUCKET_REGION", "us-east-1")
            .env("BUCKET_ACCESS_KEY", "dossier")
            .env("BUCKET_SECRET_KEY", "dossier-secret")
            .env("NO_PROXY", "*"));
    })
    .await
    .unwrap();
}

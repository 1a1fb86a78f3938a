//! The OpenAPI description as a generator of requests: whatever it allows, and much that it does not, in every role. No
//! answer may be a server's error, and each must be as described.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use end_to_end::{Rig, project};

/// For how long each role tries.
const SECONDS: &str = "20";

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Schemathesis, which is installed once and kept beside the build.
fn schemathesis() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let requirements = project().join("tests/schemathesis/requirements.txt");
    let (wanted, done) = (std::fs::read(&requirements).unwrap(), folder.join("installed"));
    if std::fs::read(&done).ok().as_ref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let install = run(Command::new(folder.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements));
        assert!(install.status.success(), "{}", String::from_utf8_lossy(&install.stderr));
        std::fs::write(done, wanted).unwrap();
    }
    folder.join("bin/schemathesis")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_as_described() {
    let rig = Rig::start().await;
    let tokens = rig.stack.tokens();
    let origin = rig.stack.application().url().to_string();
    let roles = [
        ("nobody", None),
        ("a teacher", Some(tokens.teacher.clone())),
        ("an evaluator", Some(tokens.evaluator.clone())),
        ("an operator", Some(tokens.operator.clone())),
    ];
    let program = tokio::task::spawn_blocking(schemathesis).await.unwrap();
    let runs = roles.map(|(role, token)| {
        let (program, origin) = (program.clone(), origin.clone());
        tokio::task::spawn_blocking(move || {
            let mut command = Command::new(program);
            command
                .arg("run")
                .arg(project().join("docs/openapi.json"))
                .args(["--url", origin.trim_end_matches('/'), "--no-color", "--warnings", "off"])
                .args([
                    "--phases",
                    "examples,coverage,fuzzing",
                    "--max-examples",
                    "10",
                    "--max-time",
                    SECONDS,
                ])
                .args(["--seed", "1", "--generation-database", "none", "--continue-on-failure"])
                .args(["--request-timeout", "60", "--max-redirects", "0"])
                .args([
                    "--checks",
                    "not_a_server_error,status_code_conformance,content_type_conformance,\
                     response_headers_conformance,response_schema_conformance",
                ])
                // It writes beside where it is started.
                .current_dir(std::env::temp_dir())
                .env("NO_PROXY", "*");
            if let Some(token) = token {
                command.args(["--header", &format!("Authorization: Bearer {token}")]);
            }
            (role, run(&mut command))
        })
    });
    let mut faults = String::new();
    for run in runs {
        let (role, output) = run.await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let counts = said
            .lines()
            .filter(|line| line.contains("generated") || line.contains("Seed"));
        println!("{role}: {}", counts.collect::<Vec<_>>().join(" "));
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            let _ = write!(faults, "As {role}:\n{said}\n{errors}\n");
        }
    }
    assert!(faults.is_empty(), "{faults}");
    rig.end().await;
}

//! What comes into the build, and from where.
//!
//! That every package is from the one registry, as its lock file says, can be told without any tool. The rest is
//! cargo-deny's work (`deny.toml`): licences, bans, and advisories, which are kept in a repository that not every machine
//! reaches. What cannot be checked is said, and is no failure.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace::{self, Workspace};
use crate::{announce, setup};

/// Where packages come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every lock file of Rust packages in the project.
const LOCK_FILES: [&str; 3] = [
    "Cargo.lock",
    "fuzz/Cargo.lock",
    "crates/spinlet/tests/guests/Cargo.lock",
];

/// The folders with a lock file of npm.
const NPM: [&str; 1] = ["tests/uppy"];

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    for file in LOCK_FILES {
        sources(workspace, file)?;
    }
    deny(workspace)?;
    if setup::on_path("npm") {
        for folder in NPM {
            audit(workspace, folder)?;
        }
    }
    Ok(())
}

/// Whether every package of a lock file is this project's own, or the registry's and has a checksum.
fn sources(workspace: &Workspace, file: &str) -> Result<()> {
    let text = fs::read_to_string(workspace.root.join(file)).with_context(|| format!("cannot read {file}"))?;
    for package in text.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let line = package
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"'))
        };
        if let Some(source) = value("source")
            && (source != REGISTRY || value("checksum").is_none())
        {
            bail!("{file}: {} comes from {source}", value("name").unwrap_or("a package"));
        }
    }
    Ok(())
}

fn is_there(workspace: &Workspace) -> bool {
    let mut command = workspace.cargo();
    command
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Compiling it takes minutes, which a machine that decides over changes spends once, and people are not asked for.
fn install(workspace: &Workspace) -> bool {
    if std::env::var_os("CI").is_none() {
        return false;
    }
    announce("cargo-deny is installed from the registry; this is done once and takes some minutes");
    let mut command = workspace.cargo();
    command.args(["install", "--locked", "--quiet", "cargo-deny"]);
    // A folder of its own: what is built for the project must not be built again.
    command.env_remove("CARGO_TARGET_DIR");
    command.status().is_ok_and(|status| status.success())
}

fn deny(workspace: &Workspace) -> Result<()> {
    if !is_there(workspace) && !install(workspace) {
        announce(
            "licences and bans are not checked: cargo-deny is not installed (`cargo install --locked cargo-deny`, some minutes)",
        );
        return Ok(());
    }
    let mut command = workspace.cargo();
    command.args(["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    workspace::run(&mut command)?;

    let output = workspace
        .cargo()
        .args(["deny", "check", "--hide-inclusion-graph", "advisories"])
        .output()
        .context("cannot run cargo deny")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && said.contains("failed to fetch advisory database") {
        announce("advisories are not checked: their repository cannot be reached from here");
        return Ok(());
    }
    eprint!("{said}");
    if !output.status.success() {
        bail!("there are advisories against what is used");
    }
    Ok(())
}

/// Whether npm's registry knows something grave about a package.
fn audit(workspace: &Workspace, folder: &str) -> Result<()> {
    let output = Command::new("npm")
        .args(["audit", "--audit-level=high", "--json"])
        .current_dir(workspace.root.join(folder))
        .output()
        .context("cannot run npm")?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stdout);
    // A report has this member; whatever else comes is about the registry.
    if said.contains("\"auditReportVersion\"") {
        bail!("npm audit in {folder}:\n{said}");
    }
    announce(format_args!("{folder} is not audited: the registry answers no audits"));
    Ok(())
}

//! The adapter in JavaScript (`examples/rubric-adapter`): built with a compiler from npm, on demand.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::check_adapter;
use crate::workspace::{self, Workspace};

/// Where the adapter is, in the workspace.
const FOLDER: &str = "examples/rubric-adapter";

/// Builds the adapter and holds it against the contract. Nothing is written beside its source.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let adapter = build(workspace)?;
    workspace::run(
        check_adapter::command(workspace)?
            .arg(adapter)
            .arg("--cases")
            .arg(workspace.root.join(FOLDER).join("cases")),
    )
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let source = workspace.root.join(FOLDER);
    let folder = workspace.target.join("rubric-adapter");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::copy(source.join("package.json"), folder.join("package.json")).context("cannot copy package.json")?;
    // The versions are exact, and what is there already is left alone.
    workspace::run(
        Command::new("npm")
            .args([
                "install",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(&folder)
            .stdout(Stdio::null()),
    )?;
    let adapter = folder.join("adapter.wasm");
    workspace::run(
        Command::new("npx")
            .args([
                "--no-install",
                "componentize-qjs",
                "--world",
                "vendor-adapter",
                "--sync",
                "--stub-wasi",
            ])
            .arg("--wit")
            .arg(workspace.root.join("wit"))
            .arg("--js")
            .arg(source.join("adapter.js"))
            .arg("--output")
            .arg(&adapter)
            .current_dir(&folder),
    )?;
    Ok(adapter)
}

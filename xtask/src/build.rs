//! `cargo xtask build`: compiles the components and puts them where `spin.toml` looks for them.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::workspace::{self, WASM, Workspace, each};
use crate::{announce, setup};

/// Build the components.
///
/// A stack that is running (`cargo xtask up`) takes the new files for its next event; what is in flight ends on the old
/// ones.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    setup::wasm_target(&workspace)?;
    components(&workspace)?;
    for package in workspace.components() {
        if let Some(module) = package.module() {
            let path = published(&workspace).join(module).with_extension("wasm");
            let size = fs::metadata(&path)
                .with_context(|| format!("{} was not built", path.display()))?
                .len();
            println!("{:>8.1} kB  {}", size as f64 / 1000.0, path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Compiles every component and publishes what changed.
pub(crate) fn components(workspace: &Workspace) -> Result<()> {
    announce("building the components");
    workspace::run(
        workspace
            .cargo()
            .args(["build", "--release", "--target", WASM])
            .args(each("--package", workspace.components())),
    )?;
    publish(workspace)
}

/// Where `spin.toml` expects the components, whatever cargo's target folder is.
fn published(workspace: &Workspace) -> std::path::PathBuf {
    workspace.root.join("target").join(WASM).join("release")
}

/// Copies the components out of a target folder that is elsewhere. A file appears whole or not at all, and one that is
/// the same already is left alone, so that the running stack has nothing to load again.
fn publish(workspace: &Workspace) -> Result<()> {
    let built = workspace.target.join(WASM).join("release");
    let published = published(workspace);
    if built == published {
        return Ok(());
    }
    fs::create_dir_all(&published).with_context(|| format!("cannot create {}", published.display()))?;
    for module in workspace.components().filter_map(|package| package.module()) {
        let from = built.join(module).with_extension("wasm");
        let to = published.join(module).with_extension("wasm");
        replace(&from, &to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let new = fs::read(from)?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    let unfinished = to.with_extension(format!("wasm.{}", std::process::id()));
    fs::write(&unfinished, new)?;
    fs::rename(&unfinished, to)
}

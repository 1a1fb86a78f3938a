//! How a command becomes the development stack.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::announce;
use crate::workspace::{self, Workspace};

/// Builds the `dossier-stack` command.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    announce("building the host, the bucket and the review service (some minutes at the first time)");
    workspace::run(
        workspace
            .cargo()
            .args(["build", "--workspace", "--bin", "dossier-stack"]),
    )
}

/// Replaces this process by `dossier-stack`, so that signals, standard streams and the exit status are its own and
/// nothing stands between it and the terminal. Returns only when that fails.
pub(crate) fn become_stack<I>(workspace: &Workspace, arguments: I) -> Result<std::convert::Infallible>
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    become_program(workspace, "dossier-stack", arguments)
}

/// Replaces this process by a program of the workspace that was built, which is told where the project is.
pub(crate) fn become_program<I>(workspace: &Workspace, name: &str, arguments: I) -> Result<std::convert::Infallible>
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    let path = workspace.target.join("debug").join(name);
    let error = Command::new(&path)
        .arg("--project")
        .arg(&workspace.root)
        .args(arguments)
        .exec();
    Err(error).with_context(|| format!("cannot run {}", path.display()))
}

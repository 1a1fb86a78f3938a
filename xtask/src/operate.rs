//! `cargo xtask operate`: what an operator does, from a terminal.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::announce;
use crate::workspace::{self, Workspace};

/// See and steer what is under way: queues, dead letters, histories, redrive, rebuild.
///
/// `cargo xtask operate help` lists what there is. Without --url and --token, the running development stack is meant.
#[derive(clap::Args)]
#[command(disable_help_flag = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// What is handed on.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    words: Vec<OsString>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    announce("building the operators' command");
    workspace::run(
        workspace
            .cargo()
            .args(["build", "--quiet", "--workspace", "--bin", "dossier-operate"]),
    )?;
    let path = workspace.target.join("debug").join("dossier-operate");
    let error = Command::new(&path)
        .arg("--project")
        .arg(&workspace.root)
        .args(arguments.words)
        .exec();
    Err(error).with_context(|| format!("cannot run {}", path.display()))
}

//! `cargo xtask check-adapter`: an adapter held against the contract.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::workspace::{self, Workspace};

/// Hold an adapter, in any language, against the contract of wit/vendor.wit, without starting anything.
///
/// It must import nothing, never trap whatever a vendor sends, give the same answer to the same arguments, stay within
/// limits of memory and work, and make documents that validate. The exit status is 0 when nothing is wrong.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The adapter: a WebAssembly component.
    #[arg(value_name = "FILE.wasm")]
    adapter: PathBuf,
    /// The folder of the cases, each a folder with a case.json (docs/adapters.md).
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Write down what the cases give now as what they must give.
    #[arg(long, requires = "cases")]
    bless: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut command = command(&Workspace::load()?)?;
    command.arg(arguments.adapter);
    if let Some(cases) = arguments.cases {
        command.arg("--cases").arg(cases);
    }
    if arguments.bless {
        command.arg("--bless");
    }
    let status = command.status().context("cannot run check-adapter")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The program that does it, freshly built.
pub(crate) fn command(workspace: &Workspace) -> Result<Command> {
    workspace::run(
        workspace
            .cargo()
            .args(["build", "--workspace", "--bin", "check-adapter"]),
    )?;
    Ok(Command::new(workspace.target.join("debug").join("check-adapter")))
}

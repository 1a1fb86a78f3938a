//! `cargo xtask chaos`: a storm, and what it left.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::{self, Workspace};
use crate::{announce, build, setup, stack};

/// Hand in hundreds of documents while everything goes wrong, and check that nothing is lost or done twice.
///
/// Hosts and Redis are killed, Redis hangs, the bucket is away, and the review service misbehaves in every way that it
/// knows, all by a plan that follows from the seed. Prints the figures, and with several seeds a table of them at the end.
/// The exit status is 0 when nothing was wrong; otherwise the command that repeats the storm is printed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// --seed N, --seeds K, --documents N, --seconds S, --hosts N; `-- --help` says what they are.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    setup::everything(&workspace)?;
    build::components(&workspace)?;
    announce("building the hosts and the storm");
    workspace::run(
        workspace
            .cargo()
            .args(["build", "--workspace", "--bin", "chaos", "--bin", "spinlet"]),
    )?;
    match stack::become_program(&workspace, "chaos", arguments.options)? {}
}

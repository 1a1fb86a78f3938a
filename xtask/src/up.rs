//! `cargo xtask up`: the whole stack, left running.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{build, setup, stack};

/// Start the whole stack and leave it running until Ctrl-C.
///
/// Prints its addresses and ready-made tokens for a teacher, an evaluator and an operator, and writes them to
/// .dossier/stack.json as well. What it stores is kept under .dossier/ for the next time.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Forget what is stored under .dossier/, keys included, and begin anew.
    #[arg(long)]
    reset: bool,
    /// Where the application listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    setup::everything(&workspace)?;
    build::components(&workspace)?;
    stack::build(&workspace)?;
    let mut words = ["up", "--listen", &arguments.listen.to_string()]
        .map(OsString::from)
        .to_vec();
    if arguments.reset {
        words.push("--reset".into());
    }
    match stack::become_stack(&workspace, words)? {}
}

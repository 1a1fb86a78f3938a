//! `cargo xtask token`: one more token for the development stack.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::stack;
use crate::workspace::Workspace;

/// Print a token that the development stack accepts.
///
/// `cargo xtask up` prints one for a teacher, an evaluator and an operator; this makes others: a second teacher, one
/// of another school, one that has expired, one with another scope.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Who the token is for.
    #[arg(long, value_name = "NAME", default_value = "teacher")]
    subject: String,
    /// Which school, district or programme they belong to: tenants see nothing of each other.
    #[arg(long, value_name = "NAME", default_value = "default")]
    tenant: String,
    /// What the holder may do: submit, evaluate, operate, or several of them separated by spaces.
    #[arg(long, value_name = "SCOPES", default_value = "submit")]
    scope: String,
    /// For how long, in seconds; a negative number makes a token that has expired.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 86_400,
        allow_negative_numbers = true
    )]
    seconds: i64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    stack::build(&workspace)?;
    let words = [
        OsString::from("token"),
        format!("--subject={}", arguments.subject).into(),
        format!("--tenant={}", arguments.tenant).into(),
        format!("--scope={}", arguments.scope).into(),
        format!("--seconds={}", arguments.seconds).into(),
    ];
    match stack::become_stack(&workspace, words)? {}
}

//! One more token for the stack.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use dev_stack::folder;
use dev_stack::keys::{Caller, Keys};

/// Print a token that the stack accepts.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Who the token is for.
    #[arg(long, default_value = "teacher")]
    subject: String,
    /// Which school, district or programme they belong to: tenants see nothing of each other.
    #[arg(long, default_value = "default")]
    tenant: String,
    /// What the holder may do: submit, evaluate, operate, or several of them separated by spaces.
    #[arg(long, default_value = "submit")]
    scope: String,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 86_400, allow_negative_numbers = true)]
    seconds: i64,
}

pub(crate) fn run(project: &Path, arguments: Arguments) -> Result<ExitCode> {
    // No lock: a stack may well be running, and this only reads the key that it signs with.
    let data = crate::data_folder(project);
    folder::create(&data)?;
    let keys = Keys::open(&data.join("signing-key.pem"))?;
    let caller = Caller {
        subject: arguments.subject,
        name: None,
        tenant: arguments.tenant,
        scope: arguments.scope,
        seconds: arguments.seconds,
    };
    println!("{}", keys.token(&caller)?);
    Ok(ExitCode::SUCCESS)
}

//! `cargo xtask upload`: files of one's own, handed in at the development stack or elsewhere.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::stack;
use crate::workspace::Workspace;

/// Hand in files at the stack that runs (`cargo xtask up`), or elsewhere with --url.
///
/// Files are uploaded in parts, several at once. Interrupted at any time, the same command goes on from what has arrived.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The files: they become one submission.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the application is.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A token with the scope "submit". Better in the environment variable `DOSSIER_TOKEN`.
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// What the submission is called.
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// How many parts of a file are on their way at once.
    #[arg(long, value_name = "NUMBER")]
    parallel: Option<usize>,
    /// Hand the same files in once more, as another submission.
    #[arg(long)]
    again: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    stack::build(&workspace)?;
    let mut words = vec![OsString::from("upload")];
    let parallel = arguments.parallel.map(|number| number.to_string());
    for (name, value) in [
        ("--url", &arguments.url),
        ("--token", &arguments.token),
        ("--title", &arguments.title),
        ("--parallel", &parallel),
    ] {
        if let Some(value) = value {
            words.push(format!("{name}={value}").into());
        }
    }
    if arguments.again {
        words.push("--again".into());
    }
    words.push("--".into());
    for file in &arguments.files {
        let absolute = std::path::absolute(file).with_context(|| format!("cannot name {}", file.display()))?;
        words.push(absolute.into());
    }
    match stack::become_stack(&workspace, words)? {}
}

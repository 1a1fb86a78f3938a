//! `cargo xtask demo`: documents go all the way.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{build, setup, stack};

/// Send documents all the way, from a teacher's upload to an evaluator's screen.
///
/// Installs what is missing, builds everything, starts the whole stack on free ports, uploads the files as a teacher's
/// client would, shows every stage of every document as it happens, and prints what the evaluator receives: JSON, and
/// nothing else, on standard output. One document gives one object, several give an array of them in the order of the
/// files. When the last document is through, the stack is stopped and its data removed.
///
/// The exit status is 0 when every document became ready, and 1 otherwise; the reason is on standard error.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Plain text, Markdown, DOCX, PDF or MP4. Without any, the documents in samples/ are sent.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    for file in &arguments.files {
        check(file)?;
    }
    let workspace = Workspace::load()?;
    setup::everything(&workspace)?;
    build::components(&workspace)?;
    stack::build(&workspace)?;
    let words = ["demo", "--"].map(OsString::from);
    match stack::become_stack(
        &workspace,
        words.into_iter().chain(arguments.files.into_iter().map(OsString::from)),
    )? {}
}

/// Whether there is anything to send: a slip of the keyboard should not cost the minutes of a first build. What kind of
/// document it is, the stack finds out.
fn check(file: &Path) -> Result<()> {
    let facts = fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?;
    if !facts.is_file() {
        bail!("{} is not a file", file.display());
    }
    if facts.len() == 0 {
        bail!("{} is empty: there is nothing to review in it", file.display());
    }
    Ok(())
}

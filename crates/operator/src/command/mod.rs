//! One file per subject.

pub(crate) mod dead_letters;
pub(crate) mod erase;
pub(crate) mod history;
pub(crate) mod queues;
pub(crate) mod rebuild;
pub(crate) mod redrive;
pub(crate) mod renormalize;
mod sweep;

use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

/// Nothing to say in a query or a body.
#[derive(Serialize)]
struct Nothing {}

/// Prints what programs read, or what people do.
#[expect(clippy::print_stdout, reason = "it is what the program is for")]
fn print(json: bool, value: &Value, text: impl FnOnce() -> String) -> anyhow::Result<ExitCode> {
    if json {
        println!("{}", serde_json::to_string_pretty(value)?);
    } else {
        println!("{}", text());
    }
    Ok(ExitCode::SUCCESS)
}

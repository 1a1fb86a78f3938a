//! `dossier-stack`: what `cargo xtask demo`, `up`, `upload` and `token` become once everything is built.

mod demo;
mod documents;
mod logging;
mod progress;
mod signals;
mod timeline;
mod token;
mod up;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The development stack: Redis, a bucket, a review service and the application.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The folder that holds spin.toml.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    project: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Up(up::Arguments),
    Token(token::Arguments),
    Upload(upload::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Demo(demo) => demo::run(&arguments.project, demo).await,
        Command::Up(up) => up::run(&arguments.project, up).await,
        Command::Token(token) => token::run(&arguments.project, token),
        Command::Upload(upload) => upload::run(&arguments.project, upload).await,
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error and its causes, on one line. A cause that the text before it quotes is not said twice.
fn in_words(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// The folder in a project that holds what its stacks store.
fn data_folder(project: &std::path::Path) -> PathBuf {
    project.join(".dossier")
}

//! `dossier-operate`: what `cargo xtask operate` becomes. It speaks the public interface, so it works with every deployment:
//! `--url` and `--token`, or `DOSSIER_URL` and `DOSSIER_TOKEN`, say which; without them it is the development stack that runs
//! in this project.
//!
//! People get a table, programs get the interface's own JSON (`--json`). What happened goes to standard output, what went wrong
//! to standard error, and the exit status is 0 only if everything that was asked for was done.

mod client;
mod command;
mod deployment;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::client::Client;

/// See and steer what is under way.
#[derive(Parser)]
#[command(name = "cargo xtask operate", bin_name = "cargo xtask operate", version)]
struct Arguments {
    /// Where the application is.
    #[arg(long, global = true, env = "DOSSIER_URL", value_name = "URL", requires = "token")]
    url: Option<url::Url>,
    /// A token with the scope `operate`.
    #[arg(
        long,
        global = true,
        env = "DOSSIER_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// The project whose development stack is meant where there is no URL.
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".", hide = true)]
    project: PathBuf,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show how full the queues are, and what keeps workers from them.
    Queues,
    /// Keep workers from a queue until it is resumed.
    Pause(command::queues::Pause),
    /// Let workers at a queue again.
    Resume(command::queues::Resume),
    /// List what was given up, or show one of them whole.
    DeadLetters(command::dead_letters::List),
    /// Set dead letters on their way again: one, those that match, or all.
    Redrive(command::redrive::Redrive),
    /// Throw a dead letter away. The document stays failed.
    Discard(command::dead_letters::Discard),
    /// Show everything that happened to a document.
    History(command::history::History),
    /// Normalize documents again, from what is in the bucket, without asking the third party.
    Renormalize(command::renormalize::Renormalize),
    /// Delete a submission at once, and show the receipt.
    Erase(command::erase::Erase),
    /// Put back what Redis has lost, from the bucket and the database.
    Rebuild,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let deployment = deployment::find(arguments.url, arguments.token, &arguments.project)?;
    let client = Client::new(deployment)?;
    let json = arguments.json;
    match arguments.command {
        Command::Queues => command::queues::show(&client, json).await,
        Command::Pause(pause) => command::queues::pause(&client, json, pause).await,
        Command::Resume(resume) => command::queues::resume(&client, json, resume).await,
        Command::DeadLetters(list) => command::dead_letters::list(&client, json, list).await,
        Command::Redrive(redrive) => command::redrive::run(&client, json, redrive).await,
        Command::Discard(discard) => command::dead_letters::discard(&client, json, discard).await,
        Command::History(history) => command::history::show(&client, json, history).await,
        Command::Renormalize(renormalize) => command::renormalize::run(&client, json, renormalize).await,
        Command::Erase(erase) => command::erase::run(&client, json, erase).await,
        Command::Rebuild => command::rebuild::run(&client, json).await,
    }
}

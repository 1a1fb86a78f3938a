//! The project's commands: `cargo xtask help` lists them.
//!
//! One file per command. This program stays small so that it compiles in seconds: it sees to it that the tools are
//! there ([`setup`]), has cargo build what a command needs ([`build`], [`stack`]), and becomes the `dossier-stack`
//! command of `crates/dev-stack`, which does the rest. What it says about itself goes to standard error; standard
//! output belongs to the command.

mod build;
mod chaos;
mod check_adapter;
mod demo;
mod fuzz;
mod javascript;
mod new_adapter;
mod operate;
mod setup;
mod stack;
mod supply_chain;
mod test;
mod token;
mod up;
mod upload;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The commands of the Dossier project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Operate(operate::Arguments),
    Up(up::Arguments),
    Build(build::Arguments),
    Test(test::Arguments),
    Chaos(chaos::Arguments),
    Fuzz(fuzz::Arguments),
    Upload(upload::Arguments),
    Token(token::Arguments),
    NewAdapter(new_adapter::Arguments),
    CheckAdapter(check_adapter::Arguments),
    Setup(setup::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(arguments),
        Command::Operate(arguments) => operate::run(arguments),
        Command::Up(arguments) => up::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Chaos(arguments) => chaos::run(arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Upload(arguments) => upload::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::NewAdapter(arguments) => new_adapter::run(&arguments),
        Command::CheckAdapter(arguments) => check_adapter::run(arguments),
        Command::Setup(arguments) => setup::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says on standard error what happens next.
fn announce(what: impl std::fmt::Display) {
    eprintln!("==> {what}");
}

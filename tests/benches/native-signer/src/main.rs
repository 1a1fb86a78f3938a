//! What the component `upload` does for the signature of one part, as a native HTTP service out of the same crates; and a load
//! that is put on it and on the component in turns. `tests/benches/signer.rs` runs both.

#![expect(clippy::print_stdout, reason = "it is how the benchmark learns what came out")]

mod load;
mod serve;

use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Sign, with the values of the manifest's variables in the environment as Spin takes them (`SPIN_VARIABLE_…`).
    Serve,
    /// Ask for signatures, and print how many were given in a second.
    Load(load::Arguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve => serve::run().await,
        Command::Load(arguments) => load::run(arguments).await,
    }
}

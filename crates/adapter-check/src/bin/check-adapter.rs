//! Holds an adapter against the contract, and says what is wrong with it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Hold an adapter against the contract of wit/vendor.wit, without starting anything.
///
/// The exit status is 0 when nothing is wrong.
#[derive(Parser)]
#[command(name = "check-adapter", version)]
struct Arguments {
    /// The adapter: a WebAssembly component.
    #[arg(value_name = "FILE.wasm")]
    adapter: PathBuf,
    /// The folder of the cases, each a folder with a case.json (docs/adapters.md).
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Write down what the cases give now as what they must give.
    #[arg(long, requires = "cases")]
    bless: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let report = adapter_check::check(&arguments.adapter, arguments.cases.as_deref(), arguments.bless)?;
    print!("{report}");
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

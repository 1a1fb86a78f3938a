//! `chaos`: storms from the command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use chaos::cluster::Settings;
use chaos::report::Report;
use chaos::storm::{Storm, rage};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Hand in documents while everything goes wrong, and check that nothing is lost or done twice.
#[derive(Parser)]
#[command(bin_name = "cargo xtask chaos", version)]
struct Arguments {
    /// The project's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".", hide = true)]
    project: PathBuf,
    /// The host [default: `spinlet` beside this program].
    #[arg(long, value_name = "PROGRAM", hide = true)]
    program: Option<PathBuf>,
    /// What happens, and when [default: any].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many storms, one after the other, with this seed and those that follow it.
    #[arg(long, value_name = "K", default_value_t = 1)]
    seeds: u64,
    /// How many documents each storm has.
    #[arg(long, value_name = "N", default_value_t = 300)]
    documents: usize,
    /// For how many seconds things go wrong.
    #[arg(long, value_name = "S", default_value_t = 60)]
    seconds: u64,
    /// How many hosts there are.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    hosts: u8,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("CHAOS_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .init();
    match storms(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all was well.
async fn storms(arguments: Arguments) -> Result<bool> {
    let program = match arguments.program {
        Some(program) => program,
        None => std::env::current_exe()
            .context("this program does not know where it is")?
            .with_file_name("spinlet"),
    };
    let project = arguments.project.canonicalize().context("there is no such project")?;
    let settings = Settings::new(project, program);
    let first = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let mut reports = Vec::new();
    for seed in first..first.saturating_add(arguments.seeds) {
        let replay = format!(
            "cargo xtask chaos --seed {seed} --documents {} --seconds {} --hosts {}",
            arguments.documents, arguments.seconds, arguments.hosts
        );
        eprintln!("{replay}");
        let storm = Storm {
            seed,
            documents: arguments.documents,
            length: Duration::from_secs(arguments.seconds),
            hosts: arguments.hosts.into(),
        };
        let aftermath = rage(settings.clone(), storm, |line| eprintln!("{line}"))
            .await
            .with_context(|| format!("the storm broke off. Again: {replay}"))?;
        print!("{}", aftermath.report);
        if let Some(folder) = &aftermath.kept {
            println!("  What was left is in {}\n  Again: {replay}", folder.display());
        }
        reports.push(aftermath.report);
    }
    if reports.len() > 1 {
        println!("\n{}", Report::HEADINGS);
        for report in &reports {
            println!("{}", report.row());
        }
    }
    Ok(reports.iter().all(Report::is_well))
}

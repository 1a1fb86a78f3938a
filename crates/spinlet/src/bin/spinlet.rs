//! `spinlet up`: runs a Spin application from the command line, as `spin up` does.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use spinlet::{Crash, Effects, Error, Options, Stop};
use tracing_subscriber::EnvFilter;

/// The prefix of environment variables that hold values of application variables, as in Spin.
const VARIABLE_PREFIX: &str = "SPIN_VARIABLE_";

/// Run a Spin application on this machine, for development and tests.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Start the application and run it until Ctrl-C.
    Up(Up),
}

#[derive(Args)]
struct Up {
    /// The manifest.
    #[arg(short, long = "from", value_name = "FILE", default_value = "spin.toml")]
    from: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Set an application variable; may be repeated. `SPIN_VARIABLE_NAME` in the environment does the same.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = assignment)]
    variables: Vec<(String, String)>,
    /// The folder of the database `default` [default: .spin beside the manifest].
    #[arg(long, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// The folder of compiled components [default: .spin/cache beside the manifest].
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
    /// A folder for what components print, besides the log.
    #[arg(long, value_name = "FOLDER")]
    log_dir: Option<PathBuf>,
    /// Where the other databases are.
    #[arg(long, value_name = "FILE")]
    runtime_config_file: Option<PathBuf>,
    /// Append each effect on the outside to this file: Redis commands, SQL statements, HTTP requests.
    #[arg(long, value_name = "FILE", help_heading = "Tests of crashes")]
    trace_effects: Option<PathBuf>,
    /// Crash before or after an effect: `before:3`, `after:3`. They are counted from 1.
    #[arg(long, value_name = "SIDE:NUMBER", help_heading = "Tests of crashes")]
    crash: Option<Crash>,
    /// Count only the effects of this component; may be repeated.
    #[arg(long = "effects-of", value_name = "COMPONENT", help_heading = "Tests of crashes")]
    effects_of: Vec<String>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must have the form NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Action::Up(up) = Command::parse().action;
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("SPINLET_LOG").unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .init();
    match run(up).await {
        Ok(Stop::Shutdown) => ExitCode::SUCCESS,
        Ok(stop) => {
            eprintln!("spinlet: {stop}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("spinlet: {error}");
            if let Some(remedy) = remedy(&error) {
                eprintln!("{remedy}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What to type instead, where that can be told.
fn remedy(error: &Error) -> Option<&'static str> {
    match error {
        Error::MissingVariables(_) => Some("Give each one with --variable NAME=VALUE, or as SPIN_VARIABLE_NAME."),
        Error::Listen { .. } => Some("Choose another address with --listen ADDRESS; port 0 takes a free one."),
        Error::Redis { .. } => Some("Start Redis there, or give its address by the variable that the manifest names."),
        _ => None,
    }
}

async fn run(up: Up) -> Result<Stop, Error> {
    let mut options = Options::new(up.from);
    options.listen = up.listen;
    options.variables = variables(up.variables);
    options.runtime_config = up.runtime_config_file;
    options.logs = up.log_dir;
    if up.trace_effects.is_some() || up.crash.is_some() {
        let mut effects = Effects::new();
        effects.trace = up.trace_effects;
        effects.crash = up.crash;
        effects.components = up.effects_of.into_iter().collect();
        options.effects = Some(effects);
    }
    if let Some(state) = up.state_dir {
        options.cache = state.join("cache");
        options.state = state;
    }
    if let Some(cache) = up.cache_dir {
        options.cache = cache;
    }
    let mut running = options.start().await?;
    let address = running.address();
    println!("http://{address}");
    for (route, component) in running.routes() {
        println!("  {route} {component}");
    }
    tokio::select! {
        stop = running.stopped() => Ok(stop),
        () = told_to_stop() => {
            running.shutdown().await;
            Ok(Stop::Shutdown)
        }
    }
}

/// The environment's values; what the command line says wins.
fn variables(given: Vec<(String, String)>) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = std::env::vars()
        .filter_map(|(name, value)| Some((name.strip_prefix(VARIABLE_PREFIX)?.to_ascii_lowercase(), value)))
        .collect();
    variables.extend(given);
    variables
}

/// Resolves at Ctrl-C, and where there is one, at the signal by which a supervisor ends a process.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without signals there is nothing to wait for: the process then ends as a process does.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

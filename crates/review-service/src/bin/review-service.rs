//! The review service as a program of its own.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use review_service::Options;
use tracing_subscriber::EnvFilter;
use url::Url;

/// Reviews lesson plans and classroom videos over HTTP. The interface is described in API.md.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:9100", env = "REVIEW_SERVICE_LISTEN")]
    listen: SocketAddr,
    /// The folder for reviews and their files.
    #[arg(long, default_value = ".dossier/review-service", env = "REVIEW_SERVICE_DATA")]
    data: PathBuf,
    /// The bearer token that clients present.
    #[arg(long, env = "REVIEW_SERVICE_TOKEN", hide_env_values = true)]
    token: String,
    /// The secret that callbacks are signed with: `whsec_` and 24 to 64 bytes in base64.
    #[arg(long, env = "REVIEW_SERVICE_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    /// The Ed25519 key that callbacks are signed with instead: `whsk_` and 32 bytes in base64.
    #[arg(long, env = "REVIEW_SERVICE_SIGNING_KEY", hide_env_values = true)]
    signing_key: Option<String>,
    /// Where clients reach the service, if not at the address it listens on.
    #[arg(long, env = "REVIEW_SERVICE_PUBLIC_ORIGIN")]
    public_origin: Option<Url>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,mp4_atom=error,review_service=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let Arguments {
        listen,
        data,
        token,
        webhook_secret,
        signing_key,
        public_origin,
    } = Arguments::parse();
    let running = match (Options {
        listen,
        data,
        token,
        webhook_secret,
        signing_key,
        public_origin,
    })
    .start()
    .await
    {
        Ok(running) => running,
        Err(error) => {
            eprintln!("review-service: {error}");
            return ExitCode::FAILURE;
        }
    };
    eprintln!("review-service: listening on http://{}", running.address());
    // Without a handler for the signal the process would just end, which is all that is left to do if this fails.
    let _ = tokio::signal::ctrl_c().await;
    running.shutdown().await;
    ExitCode::SUCCESS
}

//! An S3-compatible bucket for development and tests, as a command.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bucket_server::{Error, Notifications, Options};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use url::Url;

/// Serves one S3-compatible bucket from a folder, for development and tests.
#[derive(Debug, Parser)]
#[command(version)]
struct Command {
    /// The address to listen on; port 0 takes any free port
    #[arg(long, default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The folder that keeps the objects
    #[arg(long, default_value = ".dossier/bucket")]
    data: PathBuf,
    /// The bucket's name
    #[arg(long, default_value = "dossier")]
    bucket: String,
    /// The region that requests are signed for
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// The access key id that signs requests
    #[arg(long, env = "BUCKET_ACCESS_KEY", default_value = "dossier")]
    access_key: String,
    /// The secret key that belongs to it
    #[arg(
        long,
        env = "BUCKET_SECRET_KEY",
        default_value = "dossier-secret",
        hide_env_values = true
    )]
    secret_key: String,
    /// The http: address that hears of every object that is created or removed
    #[arg(long)]
    notify: Option<Url>,
    /// The token that goes with each notification
    #[arg(long, env = "BUCKET_NOTIFICATION_TOKEN", default_value = "", hide_env_values = true)]
    notification_token: String,
    /// An origin whose pages may use the bucket, may be repeated
    #[arg(long = "cors-origin", default_value = "*")]
    cors_origins: Vec<String>,
    /// Abort uploads that are not finished after this many seconds
    #[arg(long, value_name = "SECONDS")]
    expire_uploads_after: Option<u64>,
}

impl From<Command> for Options {
    fn from(command: Command) -> Self {
        let token = command.notification_token;
        Self {
            listen: command.listen,
            data: command.data,
            bucket: command.bucket,
            region: command.region,
            access_key: command.access_key,
            secret_key: command.secret_key,
            notifications: command.notify.map(|url| Notifications { url, token }),
            cors_origins: command.cors_origins,
            unfinished_uploads_expire_after: command.expire_uploads_after.map(Duration::from_secs),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // `s3s` reports every request that it refuses as an error; what fails inside is reported by the bucket itself.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,s3s=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match serve(Command::parse().into()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bucket-server: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Error> {
    let bucket = options.bucket.clone();
    let server = options.start().await?;
    println!("http://{}/{bucket}", server.address());
    if let Err(error) = asked_to_stop().await {
        tracing::warn!(%error, "the server cannot hear signals and stops");
    }
    server.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C, or for what service managers send.
async fn asked_to_stop() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// An error with what caused it.
fn chain(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

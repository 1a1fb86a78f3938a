//! The stack, left running.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use dev_stack::keys::Tokens;
use dev_stack::ports::Choice;
use dev_stack::services::BUCKET;
use dev_stack::{Options, Stack, folder};
use serde::Serialize;
use url::Url;

use crate::logging;
use crate::signals::Signals;

/// Start everything and leave it running until Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Forget what is stored first.
    #[arg(long)]
    reset: bool,
    /// Where the application listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Where to store everything; by default .dossier in the project.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// What a person, or a script, needs to talk to the stack.
#[derive(Serialize)]
struct Description<'a> {
    application: &'a Url,
    bucket: Bucket<'a>,
    review_service: Service<'a>,
    redis: String,
    process: u32,
    tokens: &'a Tokens,
}

#[derive(Serialize)]
struct Bucket<'a> {
    endpoint: &'a Url,
    name: &'a str,
    access_key: &'a str,
    secret_key: &'a str,
}

#[derive(Serialize)]
struct Service<'a> {
    origin: &'a Url,
    token: &'a str,
}

pub(crate) async fn run(project: &Path, arguments: Arguments) -> Result<ExitCode> {
    logging::to_standard_error();
    let mut signals = Signals::catch()?;
    let data = arguments.data.unwrap_or_else(|| crate::data_folder(project));
    let options = Options {
        reset: arguments.reset,
        listen: arguments.listen,
        ports: Choice::Remembered,
        ..Options::new(project, &data)
    };
    let stack = tokio::select! {
        stack = options.start() => stack?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let file = data.join("stack.json");
    write_description(&stack, &file)?;
    println!("{}", in_words(&stack, &file));

    signals.next().await;
    eprintln!("stopping; Ctrl-C again does not wait for what is under way");
    let stop = async {
        stack.shutdown().await;
        std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))
    };
    signals.unless_repeated(stop).await?;
    Ok(ExitCode::SUCCESS)
}

fn write_description(stack: &Stack, file: &Path) -> Result<()> {
    let secrets = stack.secrets();
    let description = Description {
        application: stack.application().url(),
        bucket: Bucket {
            endpoint: stack.bucket_url(),
            name: BUCKET,
            access_key: &secrets.bucket_access_key,
            secret_key: &secrets.bucket_secret_key,
        },
        review_service: Service {
            origin: stack.review_service_url(),
            token: &secrets.vendor_token,
        },
        redis: stack.redis().url(),
        process: std::process::id(),
        tokens: stack.tokens(),
    };
    folder::write_private(file, &serde_json::to_vec_pretty(&description)?)?;
    Ok(())
}

fn in_words(stack: &Stack, file: &Path) -> String {
    let tokens = stack.tokens();
    format!(
        "\nDossier is up.\n\n  \
           application     {application}\n  \
           bucket          {bucket} (S3, path-style, named \"{BUCKET}\")\n  \
           review service  {review_service}\n  \
           Redis           {redis}\n\n\
         Tokens, good for a week:\n\n  \
           teacher    {teacher}\n  \
           evaluator  {evaluator}\n  \
           operator   {operator}\n\n\
         All of this is in {file} as well, readable by you alone:\n\n  \
           curl -H \"Authorization: Bearer $(jq -r .tokens.teacher {file})\" {application}v1/submissions\n\n\
         `cargo xtask build` makes the running application use the new components. Ctrl-C stops everything and keeps \
         what is stored.",
        application = stack.application().url(),
        bucket = stack.bucket_url(),
        review_service = stack.review_service_url(),
        redis = stack.redis().url(),
        teacher = tokens.teacher,
        evaluator = tokens.evaluator,
        operator = tokens.operator,
        file = file.display(),
    )
}

//! Files are handed in at a stack that runs, or at any other application of this kind.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use api::State;
use api::submissions::{NewSubmission, Submission};
use dev_stack::client::{Client, Error};
use dev_stack::upload::{self, Options, Progress, Report};
use futures::stream::{self, StreamExt as _};
use indicatif::HumanBytes;
use portfolio::{Parts, Sha256};
use serde::Deserialize;
use sha2::Digest as _;
use url::Url;

use crate::documents::{self, Document};
use crate::progress::{Screen, Upload};
use crate::signals::Signals;

/// Hand in files, going on from what has arrived already.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The files: they become one submission.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the application is; by default the stack that runs.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// A token with the scope "submit"; by default that of the stack's teacher. Better in `DOSSIER_TOKEN` than here, where
    /// others on this machine can read it.
    #[arg(long, value_name = "TOKEN", env = "DOSSIER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// What the submission is called; by default as its first file.
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// How many parts of a file are on their way at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    parallel: usize,
    /// Hand the same files in once more, as another submission.
    #[arg(long)]
    again: bool,
}

/// What `up` wrote about the stack that runs.
#[derive(Deserialize)]
struct Description {
    application: Url,
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Tokens {
    teacher: String,
}

pub(crate) async fn run(project: &Path, arguments: Arguments) -> Result<ExitCode> {
    let mut signals = Signals::catch()?;
    let (url, token) = target(project, arguments.url, arguments.token)?;
    let mut documents = documents::examine(&arguments.files)?;
    // Of a file that goes in parts the digest is computed beside them, and told at the end.
    let whole = |document: &&mut Document| Parts::of(document.size).count() == 1;
    documents
        .iter_mut()
        .filter(whole)
        .try_for_each(Document::announce_digest)?;
    let client = Client::new(&url, &token);
    let title = arguments.title.unwrap_or_else(|| documents[0].name.clone());
    let declaration = NewSubmission {
        title,
        evaluators: None,
        documents: documents.iter().map(Document::declaration).collect(),
    };
    // The same files are the same submission, however often this command is run: so it goes on where it was, and keeps
    // nothing on this machine for that.
    let key = if arguments.again {
        uuid::Uuid::new_v4().to_string()
    } else {
        fingerprint(&declaration, &documents)?
    };
    let submission = client
        .create(&declaration, &key)
        .await
        .context("the submission could not be created")?;

    let screen = Screen::new();
    let options = Options {
        parallel: arguments.parallel,
        ..Options::default()
    };
    let work = hand_in(&client, &screen, &submission, &documents, options);
    tokio::select! {
        outcome = work => outcome,
        status = signals.next() => {
            screen.say("interrupted; what has arrived is kept, and the same command goes on from there");
            Ok(ExitCode::from(status))
        }
    }
}

fn target(project: &Path, url: Option<Url>, token: Option<String>) -> Result<(Url, String)> {
    let (url, token) = match (url, token) {
        (Some(url), Some(token)) => return Ok((url, token)),
        (Some(_), None) => bail!("an application elsewhere wants a token of its own: --token, or DOSSIER_TOKEN"),
        (None, token) => (None::<Url>, token),
    };
    let file = crate::data_folder(project).join("stack.json");
    let text = std::fs::read(&file).with_context(|| {
        format!(
            "no stack runs here ({} is not there); start one with `cargo xtask up`, or name another with --url",
            file.display()
        )
    })?;
    let description: Description =
        serde_json::from_slice(&text).with_context(|| format!("{} cannot be understood", file.display()))?;
    Ok((
        url.unwrap_or(description.application),
        token.unwrap_or(description.tokens.teacher),
    ))
}

fn fingerprint(declaration: &NewSubmission, documents: &[Document]) -> Result<String> {
    let mut hasher = sha2::Sha256::new_with_prefix(serde_json::to_vec(declaration)?);
    for document in documents {
        hasher.update(document.fingerprint()?.as_bytes());
    }
    Ok(Sha256::from(<[u8; 32]>::from(hasher.finalize())).to_string())
}

/// Uploads what has not arrived, and says what became of each file. Succeeds when the application has taken all of them.
async fn hand_in(
    client: &Client,
    screen: &Screen,
    submission: &Submission,
    documents: &[Document],
    options: Options,
) -> Result<ExitCode> {
    screen.say(format_args!("submission {} \"{}\"", submission.id, submission.title));
    let widths = documents.iter().map(|document| document.name.chars().count());
    let width = widths.max().unwrap_or(0);
    // One file after the other: each has several parts on their way already.
    let outcomes: Vec<bool> = stream::iter(submission.documents.iter().zip(documents))
        .then(async |(announced, document)| {
            if announced.state == State::AwaitingUpload {
                let bar = screen.upload(&document.name, width, document.size);
                let progress = Arc::new(Bar(bar.clone()));
                match upload::upload(client, submission.id, announced, &document.path, options, progress).await {
                    Ok(report) => {
                        bar.finish();
                        screen.say(arrived(document, report));
                    }
                    Err(error) => {
                        bar.abandon();
                        screen.say(format_args!("{}: not uploaded: {}", document.name, in_words(&error)));
                        return false;
                    }
                }
            } else if let Some(reason) = is_another(document, announced) {
                screen.say(format_args!("{}: {reason}", document.name));
                return false;
            }
            match settle(client, submission, announced).await {
                Ok(outcome) => {
                    let (good, what) = outcome;
                    screen.say(format_args!("{}: {what}", document.name));
                    good
                }
                Err(error) => {
                    screen.say(format_args!(
                        "{}: uploaded, but whether it was taken is not known: {}",
                        document.name,
                        in_words(&error)
                    ));
                    false
                }
            }
        })
        .collect()
        .await;
    let failed = outcomes.iter().filter(|good| !**good).count();
    if failed == 0 {
        Ok(ExitCode::SUCCESS)
    } else {
        screen.say(format_args!("{failed} of {} files were not taken", outcomes.len()));
        Ok(ExitCode::FAILURE)
    }
}

/// Why a file is not the one that was handed in already, if it is not. The two were found to be the same by pieces of them.
fn is_another(document: &Document, announced: &api::submissions::Document) -> Option<String> {
    let announced = announced.sha256?;
    match document.digest() {
        Ok(digest) if digest == announced => None,
        Ok(_) => Some(
            "another file with this name and length was handed in before; hand this one in as another submission with --again"
                .to_owned(),
        ),
        Err(error) => Some(format!("{error:#}")),
    }
}

fn arrived(document: &Document, report: Report) -> String {
    let mut text = format!(
        "{}: the bucket has all {} ({} bytes)",
        document.name,
        HumanBytes(document.size),
        document.size,
    );
    // Writing to a string cannot fail.
    if let Some(sha256) = report.sha256.or(document.sha256) {
        let _ = write!(text, ", SHA-256 {sha256}");
    }
    if report.had > 0 {
        let _ = write!(text, "; {} had arrived before", HumanBytes(report.had));
    }
    if report.repeated > 0 {
        let _ = write!(text, "; {} requests had to be repeated", report.repeated);
    }
    text
}

/// Waits until the application has looked at the file; gives back whether it took it, and what to say.
async fn settle(
    client: &Client,
    submission: &Submission,
    announced: &api::submissions::Document,
) -> Result<(bool, String), Error> {
    // Where the bucket sends no notifications, this is what makes the application look.
    if announced.state == State::AwaitingUpload {
        match client.uploaded(submission.id, announced.id).await {
            Ok(()) => {}
            Err(error) if error.status().is_some_and(|status| status.as_u16() == 409) => {}
            Err(error) => return Err(error),
        }
    }
    let mut version = None;
    loop {
        if let Some((submission, tag)) = client.changed_submission(submission.id, version.as_deref(), 25).await? {
            version = tag;
            let found = submission.documents.iter().find(|document| document.id == announced.id);
            match found.map(|document| (document.state, &document.failure)) {
                Some((State::AwaitingUpload, _)) => {}
                Some((State::Failed, failure)) => {
                    let reason = failure
                        .as_ref()
                        .map_or("no reason was recorded", |failure| &failure.message);
                    return Ok((false, format!("failed: {reason}")));
                }
                Some((State::Ready, _)) => return Ok((true, "ready".into())),
                Some(_) => return Ok((true, "taken; it is on its way to review".into())),
                None => return Ok((false, "another file was put in its place".into())),
            }
        }
    }
}

fn in_words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// A bar that follows an upload.
struct Bar(Upload);

impl Progress for Bar {
    fn had(&self, bytes: u64) {
        self.0.had(bytes);
    }

    fn sent(&self, bytes: u64) {
        self.0.advance(usize::try_from(bytes).unwrap_or(usize::MAX));
    }

    fn lost(&self, bytes: u64) {
        self.0.retreat(bytes);
    }
}

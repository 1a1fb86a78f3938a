//! Documents go all the way, as a teacher and an evaluator see it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use api::State;
use api::submissions::{NewSubmission, Submission};
use dev_stack::client::Client;
use dev_stack::folder::{self, Folder};
use dev_stack::{Options, Stack};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::documents::{self, Document};
use crate::logging;
use crate::progress::Screen;
use crate::signals::Signals;
use crate::timeline::Timeline;

/// What is sent when no file is named, in the project's folder.
const SAMPLES: [&str; 3] = [
    "samples/photosynthesis-lesson-plan.md",
    "samples/photosynthesis-lesson-plan.docx",
    "samples/classroom-excerpt.mp4",
];

/// What the folders of demonstrations begin with, in the data folder.
const PREFIX: &str = "demo-";

/// Send documents all the way and print what an evaluator receives.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The documents; without any, the samples.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) async fn run(project: &Path, arguments: Arguments) -> Result<ExitCode> {
    let start = Timestamp::now();
    let files = if arguments.files.is_empty() {
        SAMPLES.map(|name| project.join(name)).to_vec()
    } else {
        arguments.files
    };
    let mut documents = documents::examine(&files)?;
    documents.iter_mut().try_for_each(Document::announce_digest)?;
    let mut signals = Signals::catch()?;

    let data = crate::data_folder(project);
    let place = new_folder(&data)?;
    let log = place.join("stack.log");
    logging::to_file(&log)?;

    let screen = Screen::new();
    screen.say("starting Redis, the bucket, the review service and the application");
    let options = Options::new(project, &place);
    let stack = tokio::select! {
        stack = options.start() => stack.with_context(|| format!("the stack did not start; its log is {}", log.display()))?,
        status = signals.next() => return Ok(ExitCode::from(status)),
    };
    let up_after = Timestamp::now().duration_since(start).as_secs_f64();
    screen.say(format_args!(
        "{up_after:>9.3} s  the stack is up; the application is {}",
        stack.application().url()
    ));

    let outcome = tokio::select! {
        outcome = send(&stack, &screen, &documents, start) => outcome.map(Outcome::Ended),
        status = signals.next() => Ok(Outcome::Interrupted(status)),
    };
    let folder = signals.unless_repeated(stack.shutdown()).await;
    match outcome {
        Ok(Outcome::Ended(true)) => {
            folder.remove()?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Outcome::Interrupted(status)) => {
            folder.remove()?;
            Ok(ExitCode::from(status))
        }
        other => {
            screen.say(format_args!(
                "the stack's log is {} until the next demonstration",
                log.display()
            ));
            other.map(|_| ExitCode::FAILURE)
        }
    }
}

/// How the way of the documents ended.
enum Outcome {
    /// Each is ready or failed; true when all are ready.
    Ended(bool),
    /// By a signal, which gives this exit status.
    Interrupted(u8),
}

/// Makes a folder for this demonstration, and removes those of demonstrations that could not do it themselves.
fn new_folder(data: &Path) -> Result<PathBuf> {
    folder::create(data)?;
    for entry in std::fs::read_dir(data).with_context(|| format!("cannot read {}", data.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", data.display()))?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && let Ok(abandoned) = Folder::open(&entry.path())
        {
            abandoned.remove()?;
        }
    }
    let place = tempfile::Builder::new().prefix(PREFIX).tempdir_in(data);
    Ok(place
        .with_context(|| format!("cannot create a folder in {}", data.display()))?
        .keep())
}

/// Hands the documents in, follows them, and prints what the evaluator receives. True when all of them are ready.
async fn send(stack: &Stack, screen: &Screen, documents: &[Document], start: Timestamp) -> Result<bool> {
    let teacher = Client::new(stack.application().url(), &stack.tokens().teacher);
    let declaration = NewSubmission {
        title: "Demonstration".to_owned(),
        evaluators: None,
        documents: documents.iter().map(Document::declaration).collect(),
    };
    let submission = teacher
        .create(&declaration, &uuid::Uuid::new_v4().to_string())
        .await
        .context("the submission could not be created")?;

    let timeline = Timeline::new(screen, start);
    let ((), submission) = tokio::try_join!(
        upload(&teacher, &submission, documents, screen),
        timeline.follow(&teacher, submission.id)
    )?;

    print_ready(stack, &submission).await?;
    let failed = submission
        .documents
        .iter()
        .filter(|document| document.state == State::Failed);
    Ok(failed.count() == 0)
}

/// Uploads all files, side by side.
async fn upload(teacher: &Client, submission: &Submission, documents: &[Document], screen: &Screen) -> Result<()> {
    let name_width = documents
        .iter()
        .map(|document| document.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut uploads = JoinSet::new();
    for (announced, document) in submission.documents.iter().zip(documents) {
        let place = announced.upload.clone();
        let place = place.with_context(|| format!("the application does not say where to upload {}", document.name))?;
        let (teacher, path, name) = (teacher.clone(), document.path.clone(), document.name.clone());
        let bar = screen.upload(&document.name, name_width, document.size);
        uploads.spawn(async move {
            let progress = bar.clone();
            let uploaded = teacher
                .upload(&place, &path, move |bytes| progress.advance(bytes))
                .await;
            uploaded.with_context(|| format!("{name} could not be uploaded"))?;
            bar.finish();
            anyhow::Ok(())
        });
    }
    while let Some(upload) = uploads.join_next().await {
        upload.context("an upload broke off")??;
    }
    Ok(())
}

/// Prints the canonical documents as an evaluator receives them: of one document the object, of several an array.
async fn print_ready(stack: &Stack, submission: &Submission) -> Result<()> {
    let evaluator = Client::new(stack.application().url(), &stack.tokens().evaluator);
    let mut received = Vec::new();
    for document in submission
        .documents
        .iter()
        .filter(|document| document.state == State::Ready)
    {
        let json = evaluator.normalized(document.id).await;
        received.push(json.with_context(|| format!("the evaluator does not receive {}", document.name))?);
    }
    let json = if submission.documents.len() == 1 {
        match received.pop() {
            Some(json) => json,
            None => return Ok(()),
        }
    } else {
        [b"[".as_slice(), &received.join(&b','), b"]"].concat()
    };
    let mut output = io::stdout().lock();
    indent(&json, &mut output).context("cannot print what the evaluator received")?;
    Ok(())
}

/// Writes JSON again with line breaks, member by member in the order in which it came.
fn indent(json: &[u8], output: &mut impl io::Write) -> io::Result<()> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let mut writer = serde_json::Serializer::pretty(&mut *output);
    serde_transcode::transcode(&mut reader, &mut writer)?;
    reader.end()?;
    writeln!(output)?;
    output.flush()
}

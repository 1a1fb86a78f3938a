//! A review from its beginning to its end: fetch, read, write the files, report.

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::callback;
use crate::dialect::{Dialect, assemblyai, languagetool};
use crate::failure::{Code, Failure};
use crate::request::{Format, Request};
use crate::reviews::{File, Review, Status};
use crate::service::Service;
use crate::{fetch, film, text};

/// How long reading a document may take. Nothing honest takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(120);

/// The stack of the thread that reads a document: the parsers recurse as deeply as the document nests.
const STACK: usize = 64 << 20;

/// A file in the making.
struct Made {
    role: &'static str,
    name: &'static str,
    media_type: &'static str,
    content: Vec<u8>,
}

/// Runs a review, and reports.
pub(crate) async fn run(service: Arc<Service>, id: String) {
    // Few at a time: the work is computing, and the machine belongs to others, too.
    let outcome = match begin(&service, &id) {
        Ok(begun) => review(&service, begun).await,
        Err(failure) => Err(failure),
    };
    if let Err(failure) = &outcome {
        tracing::info!(review = id, code = ?failure.code, "the document could not be reviewed: {failure}");
    }
    match service.reviews.settle(&id, outcome) {
        Ok(Some(_)) => callback::deliver(&service, &id).await,
        Ok(None) => {}
        Err(error) => tracing::error!(review = id, "the review's end cannot be written down: {error}"),
    }
}

fn begin(service: &Service, id: &str) -> Result<Review, Failure> {
    service
        .reviews
        .update(id, |review| review.status = Status::Reviewing)
        .map_err(|error| Failure::internal(&error))?
        .ok_or_else(|| Failure::internal(&"the review is gone"))
}

async fn review(service: &Arc<Service>, begun: Review) -> Result<Vec<File>, Failure> {
    let id = begun.id.clone();
    let id = id.as_str();
    let folder = service.reviews.folder(id);
    let document = folder.join("document");
    let fetched = fetch::fetch(service, id, &document).await;
    let outcome = match fetched {
        Ok(()) => read_apart(service, begun, document.clone()).await,
        Err(failure) => Err(failure),
    };
    // The document is its author's: it does not stay here longer than it must.
    if let Err(error) = tokio::fs::remove_file(&document).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(review = id, "the document cannot be deleted: {error}");
    }
    let made = outcome?;
    tokio::task::spawn_blocking(move || made.iter().map(|made| write(&folder, made)).collect())
        .await
        .map_err(|error| Failure::internal(&error))?
}

/// Reads a document on a thread of its own, which may panic, take its time and use a large stack.
async fn read_apart(service: &Service, review: Review, document: std::path::PathBuf) -> Result<Vec<Made>, Failure> {
    // Few at a time: the work is computing, and the machine belongs to others, too.
    let _desk = service
        .desks
        .acquire()
        .await
        .map_err(|error| Failure::internal(&error))?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("reader".into())
        .stack_size(STACK)
        // The receiver is gone when patience ran out; nobody wants the answer then.
        .spawn(move || drop(sender.send(read(&review, &document))))
        .map_err(|error| Failure::internal(&error))?;
    match tokio::time::timeout(PATIENCE, receiver).await {
        Ok(Ok(outcome)) => outcome,
        // The thread panicked: its parser met something that it did not expect.
        Ok(Err(_)) => Err(Failure::unreadable(
            "This document is damaged, or built in a way that cannot be read. Export it again and upload the new file.",
        )),
        Err(_) => Err(Failure::unreadable(
            "This document is so complicated that reading it took too long. Simplify it and upload the new file.",
        )),
    }
}

fn read(review: &Review, document: &Path) -> Result<Vec<Made>, Failure> {
    let request = &review.request;
    let internal = |error: std::io::Error| Failure::internal(&error);
    let size = fs::metadata(document).map_err(internal)?.len();
    if size == 0 {
        return Err(Failure::unreadable(
            "This file is empty. Check that it was saved, and upload it again.",
        ));
    }
    let Some(format) = request.format() else {
        return Err(Failure::internal(&"a format that is not reviewed"));
    };
    if format == Format::Mp4 {
        let mut recording = BufReader::new(fs::File::open(document).map_err(internal)?);
        let film = film::review(&mut recording, size)?;
        return match review.dialect {
            Dialect::AssemblyAi(_) => transcript_file(&review.id, request, &film),
            Dialect::Own | Dialect::LanguageTool => film_files(&film),
        };
    }
    let bytes = fs::read(document).map_err(internal)?;
    let text = match format {
        Format::Markdown => text::markdown::read(&bytes),
        Format::Docx => text::docx::read(&bytes),
        Format::Pdf => text::pdf::read(&bytes),
        Format::Plain | Format::Mp4 => text::plain::read(&bytes),
    }?;
    if text.trim().is_empty() {
        return Err(Failure::new(
            Code::NoText,
            "There is no text in this document. If it is a scan, upload the document that was printed instead.",
        ));
    }
    let findings = text::proofread::check(&text, request.language.as_deref());
    let (role, name, content) = match review.dialect {
        Dialect::LanguageTool => ("check", "check.json", json(&languagetool::answer(&text, &findings))?),
        Dialect::Own | Dialect::AssemblyAi(_) => ("findings", "findings.json", json(&findings)?),
    };
    Ok(vec![
        Made {
            role: "text",
            name: "text.txt",
            media_type: "text/plain",
            content: text.into_bytes(),
        },
        Made {
            role,
            name,
            media_type: "application/json",
            content,
        },
    ])
}

fn transcript_file(id: &str, request: &Request, film: &film::Film) -> Result<Vec<Made>, Failure> {
    Ok(vec![Made {
        role: assemblyai::TRANSCRIPT,
        name: "transcript.json",
        media_type: "application/json",
        content: json(&assemblyai::transcript(id, request, film))?,
    }])
}

fn film_files(film: &film::Film) -> Result<Vec<Made>, Failure> {
    let vtt = |role, name, content: &String| Made {
        role,
        name,
        media_type: "text/vtt",
        content: content.clone().into_bytes(),
    };
    let media = Made {
        role: "media",
        name: "media.json",
        media_type: "application/json",
        content: json(&film.media)?,
    };
    let mut made = vec![media, vtt("chapters", "chapters.vtt", &film.chapters)];
    made.extend(
        film.captions
            .as_ref()
            .map(|captions| vtt("captions", "captions.vtt", captions)),
    );
    Ok(made)
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec_pretty(value).map_err(|error| Failure::internal(&error))
}

fn write(folder: &Path, made: &Made) -> Result<File, Failure> {
    fs::write(folder.join(made.name), &made.content).map_err(|error| Failure::internal(&error))?;
    Ok(File {
        role: made.role.into(),
        name: made.name.into(),
        media_type: made.media_type.into(),
        size: made.content.len() as u64,
        sha256: sha256(&made.content),
        replaced: false,
    })
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(content: &[u8]) -> String {
    use std::fmt::Write;

    Sha256::digest(content)
        .iter()
        .fold(String::with_capacity(64), |mut hexadecimal, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hexadecimal, "{byte:02x}");
            hexadecimal
        })
}

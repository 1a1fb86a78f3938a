//! The files that a person wants to hand in, looked at before anything is started.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use api::submissions::NewDocument;
use portfolio::{Kind, MediaType, Sha256, sniff};
use sha2::Digest as _;

/// A file that can be handed in.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) media_type: MediaType,
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
}

/// Looks at all files, and says what is wrong with any of them.
pub(crate) fn examine(paths: &[PathBuf]) -> Result<Vec<Document>> {
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match Document::examine(path) {
            Ok(document) => documents.push(document),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    if !problems.is_empty() {
        bail!("nothing was sent:\n  {}", problems.join("\n  "));
    }
    Ok(documents)
}

impl Document {
    /// What the teacher's client says about it.
    pub(crate) fn declaration(&self) -> NewDocument {
        NewDocument {
            name: self.name.clone(),
            kind: self.kind,
            media_type: self.media_type,
            size: self.size,
            sha256: Some(self.sha256),
        }
    }

    fn examine(path: &Path) -> Result<Self> {
        let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let facts = file
            .metadata()
            .with_context(|| format!("{} cannot be read", path.display()))?;
        if !facts.is_file() {
            bail!("{} is not a file", path.display());
        }
        if facts.len() == 0 {
            bail!("{} is empty: there is nothing to review in it", path.display());
        }
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();

        let mut first_bytes = Vec::new();
        let limit = sniff::FIRST_BYTES as u64;
        file.by_ref()
            .take(limit)
            .read_to_end(&mut first_bytes)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let media_type = media_type(&name, &first_bytes).with_context(|| path.display().to_string())?;

        let sha256 = digest(&first_bytes, file).with_context(|| format!("{} cannot be read", path.display()))?;

        Ok(Self {
            path: path.to_owned(),
            name,
            kind: media_type.kind(),
            media_type,
            size: facts.len(),
            sha256,
        })
    }
}

/// The SHA-256 of a file whose first bytes have been read already.
fn digest(first_bytes: &[u8], rest: File) -> io::Result<Sha256> {
    let mut digest = sha2::Sha256::new();
    digest.update(first_bytes);
    let mut rest = BufReader::with_capacity(1 << 20, rest);
    loop {
        let bytes = rest.fill_buf()?;
        if bytes.is_empty() {
            return Ok(<[u8; 32]>::from(digest.finalize()).into());
        }
        digest.update(bytes);
        let length = bytes.len();
        rest.consume(length);
    }
}

/// What the name's ending says, if the content agrees; what the content says, if the name says nothing.
fn media_type(name: &str, first_bytes: &[u8]) -> Result<MediaType> {
    if let Some(media_type) = MediaType::of_file_name(name) {
        sniff::check(first_bytes, media_type)?;
        return Ok(media_type);
    }
    let has_extension = Path::new(name).extension().is_some();
    // An unknown ending says that this is something else, even if its bytes could be read as text.
    let candidates = MediaType::ALL
        .into_iter()
        .filter(|media_type| !has_extension || !media_type.is_text());
    candidates
        .into_iter()
        .find(|media_type| sniff::check(first_bytes, *media_type).is_ok())
        .ok_or_else(|| anyhow!("a file of no known kind: take plain text (.txt), Markdown (.md), DOCX, PDF or MP4"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn samples() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
    }

    #[test]
    fn the_samples_are_what_they_seem() {
        let paths = [
            "photosynthesis-lesson-plan.md",
            "photosynthesis-lesson-plan.docx",
            "classroom-excerpt.mp4",
        ];
        let documents = examine(&paths.map(|name| samples().join(name))).unwrap();
        let types: Vec<_> = documents
            .iter()
            .map(|document| (document.kind, document.media_type))
            .collect();
        assert_eq!(
            types,
            [
                (Kind::LessonPlan, MediaType::Markdown),
                (Kind::LessonPlan, MediaType::Docx),
                (Kind::ClassroomVideo, MediaType::Mp4)
            ]
        );
        assert!(documents.iter().all(|document| document.size > 0));
    }

    #[test]
    fn every_file_that_cannot_be_sent_is_named() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = place.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let paths = [
            place.path().join("missing.md"),
            file("empty.md", b""),
            place.path().to_owned(),
            file("notes.xyz", b"some text"),
            file("film.mp4", b"PK\x03\x04 not a film"),
            file("fine.txt", b"fine"),
        ];
        let message = examine(&paths).unwrap_err().to_string();
        for (name, reason) in [
            ("missing.md", "cannot be read"),
            ("empty.md", "is empty"),
            ("", "is not a file"),
            ("notes.xyz", "of no known kind"),
            ("film.mp4", "announced as an MP4 video"),
        ] {
            assert!(
                message.lines().any(|line| line.contains(name) && line.contains(reason)),
                "{name}: {message}"
            );
        }
        assert!(!message.contains("fine.txt"), "{message}");
    }

    #[test]
    fn a_name_without_an_ending_is_judged_by_its_content() {
        assert_eq!(
            media_type("plan", "Lesson plan\n".as_bytes()).unwrap(),
            MediaType::PlainText
        );
        assert_eq!(
            media_type("plan", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n").unwrap(),
            MediaType::Pdf
        );
    }
}

//! The files that a person wants to hand in, looked at before anything is started.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use api::submissions::NewDocument;
use digest_io::IoWrapper;
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
    /// What is announced of its content: nothing, until [`Document::announce_digest`].
    pub(crate) sha256: Option<Sha256>,
}

/// How many pieces of a long file tell it from others, and how long they are, in bytes.
const SAMPLES: u64 = 64;
const SAMPLE: u64 = 64 * 1024;

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
            sha256: self.sha256,
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

        Ok(Self {
            path: path.to_owned(),
            name,
            kind: media_type.kind(),
            media_type,
            size: facts.len(),
            sha256: None,
        })
    }

    /// Reads the whole file, so that its digest is announced before anything is sent.
    pub(crate) fn announce_digest(&mut self) -> Result<()> {
        self.sha256 = Some(self.digest()?);
        Ok(())
    }

    /// The SHA-256 of the file as it is now.
    pub(crate) fn digest(&self) -> Result<Sha256> {
        self.digest_of(|file, hasher| io::copy(file, hasher).map(drop))
    }

    /// What tells the file from others without reading a long one to its end: the digest of pieces from everywhere in it.
    pub(crate) fn fingerprint(&self) -> Result<Sha256> {
        if let Some(sha256) = self.sha256 {
            return Ok(sha256);
        }
        if self.size <= SAMPLES * SAMPLE {
            return self.digest();
        }
        self.digest_of(|file, hasher| {
            (0..SAMPLES).try_for_each(|number| {
                // The first piece is where the file begins, and the last one where it ends.
                let at = (self.size - SAMPLE) / (SAMPLES - 1) * number;
                let at = if number + 1 == SAMPLES { self.size - SAMPLE } else { at };
                file.seek(SeekFrom::Start(at))?;
                io::copy(&mut file.take(SAMPLE), hasher).map(drop)
            })
        })
    }

    fn digest_of(
        &self,
        read: impl FnOnce(&mut File, &mut IoWrapper<sha2::Sha256>) -> io::Result<()>,
    ) -> Result<Sha256> {
        let mut hasher = IoWrapper(sha2::Sha256::new());
        let done = File::open(&self.path).and_then(|mut file| read(&mut file, &mut hasher));
        done.with_context(|| format!("{} cannot be read", self.path.display()))?;
        Ok(<[u8; 32]>::from(hasher.0.finalize()).into())
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
    fn a_long_file_is_told_from_others_by_pieces_of_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("long.txt");
        let mut content = vec![b'a'; usize::try_from(3 * SAMPLES * SAMPLE + 1).unwrap()];
        let fingerprint = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            Document::examine(&path).unwrap().fingerprint().unwrap()
        };
        let first = fingerprint(&content);
        assert_eq!(fingerprint(&content), first);
        let last = content.len() - 1;
        for at in [0, last, last / 2] {
            // Between two pieces there are twice as many bytes as in one.
            let around = at.saturating_sub(100_000)..(at + 100_000).min(content.len());
            let before = content[around.clone()].to_vec();
            content[around.clone()].fill(b'b');
            assert_ne!(fingerprint(&content), first, "{at}");
            content[around].copy_from_slice(&before);
        }
        content.push(b'a');
        let document = Document::examine(&path).unwrap();
        assert!(document.declaration().sha256.is_none());
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

//! What a JSON Schema cannot say about a document, or should not have to be asked at run time.
//!
//! Components do not carry a schema validator (it is ten times their size). The types rule out most of what a schema
//! would find; this is the rest: references that lead nowhere, positions beyond the end, words that are no words.

use std::collections::BTreeSet;

use crate::annotation::{Annotation, Body, Motivation, Refinement, Selector};
use crate::document::{Media, NormalizedDocument};

/// A rule that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Violation {
    /// Where: a JSON Pointer (RFC 6901) into the document.
    pub pointer: String,
    /// What is wrong, for an operator.
    pub detail: String,
}

impl NormalizedDocument {
    /// Checks everything that the types alone do not guarantee, and reports all that is wrong.
    pub fn validate(&self) -> Result<(), Vec<Violation>> {
        let mut checker = Checker::default();
        checker.words(self);
        checker.files(self);
        if let Some(media) = &self.media {
            checker.media(media);
        }
        for (index, annotation) in self.annotations.iter().enumerate() {
            checker.annotation(self, annotation, &format!("/annotations/{index}"));
        }
        if checker.violations.is_empty() {
            Ok(())
        } else {
            Err(checker.violations)
        }
    }

    /// The roles that annotations may name.
    fn has_file(&self, role: &str) -> bool {
        role == portfolio::Role::SOURCE || self.files.iter().any(|file| file.role.as_str() == role)
    }
}

#[derive(Default)]
struct Checker {
    violations: Vec<Violation>,
}

impl Checker {
    fn require(&mut self, holds: bool, pointer: impl Into<String>, detail: impl Into<String>) {
        if !holds {
            self.violations.push(Violation {
                pointer: pointer.into(),
                detail: detail.into(),
            });
        }
    }

    fn words(&mut self, document: &NormalizedDocument) {
        self.require(!document.title.is_empty(), "/title", "the title is empty");
        if let Some(language) = &document.language {
            self.require(
                is_language_tag(language),
                "/language",
                format!("\"{language}\" is no BCP 47 language tag"),
            );
        }
        self.require(!document.source.name.is_empty(), "/source/name", "the name is empty");
        self.media_type(&document.source.media_type, "/source/media_type");
        let review = &document.review;
        self.require(
            is_short_name(&review.vendor),
            "/review/vendor",
            "a vendor's name has 1 to 64 of a-z, 0-9 and -",
        );
        self.require(!review.id.is_empty(), "/review/id", "the id is empty");
        self.require(
            !review.adapter.name.is_empty(),
            "/review/adapter/name",
            "the name is empty",
        );
        self.require(
            !review.adapter.version.is_empty(),
            "/review/adapter/version",
            "the version is empty",
        );
        if let Some(text) = &document.text {
            let known = document.files.iter().any(|file| file.role == text.file);
            self.require(known, "/text/file", format!("no file has the role \"{}\"", text.file));
            self.require(
                text.words <= text.characters,
                "/text/words",
                "there are more words than characters",
            );
        }
    }

    fn files(&mut self, document: &NormalizedDocument) {
        let mut roles = BTreeSet::new();
        for (index, file) in document.files.iter().enumerate() {
            let at = format!("/files/{index}");
            self.require(
                !file.role.is_source(),
                format!("{at}/role"),
                "the role \"source\" is the original's",
            );
            self.require(
                roles.insert(&file.role),
                format!("{at}/role"),
                "another file has the same role",
            );
            self.media_type(&file.media_type, &format!("{at}/media_type"));
            self.require(!file.href.is_empty(), format!("{at}/href"), "the address is empty");
        }
    }

    fn media(&mut self, media: &Media) {
        let duration = media.duration_seconds;
        self.require(
            duration.is_finite() && duration >= 0.0,
            "/media/duration_seconds",
            "this is no duration",
        );
        if let Some(video) = &media.video {
            self.require(!video.codec.is_empty(), "/media/video/codec", "the codec is empty");
            self.require(video.width > 0, "/media/video/width", "the width is 0");
            self.require(video.height > 0, "/media/video/height", "the height is 0");
            let rate = video.frame_rate;
            self.require(
                rate.is_finite() && rate > 0.0,
                "/media/video/frame_rate",
                "this is no frame rate",
            );
        }
        if let Some(audio) = &media.audio {
            self.require(!audio.codec.is_empty(), "/media/audio/codec", "the codec is empty");
            self.require(audio.channels > 0, "/media/audio/channels", "there are no channels");
            self.require(
                audio.sample_rate > 0,
                "/media/audio/sample_rate",
                "the sample rate is 0",
            );
        }
    }

    fn annotation(&mut self, document: &NormalizedDocument, annotation: &Annotation, at: &str) {
        for (index, body) in annotation.body.iter().enumerate() {
            let Body::TextualBody { purpose, value } = body;
            self.require(
                // To put nothing in the place of something is a proposal, too.
                !value.is_empty() || *purpose == Motivation::Editing,
                format!("{at}/body/{index}/value"),
                "the text is empty",
            );
        }
        let role = annotation.target.source.as_str();
        self.require(
            document.has_file(role),
            format!("{at}/target/source"),
            format!("no file has the role \"{role}\""),
        );
        let selector_at = format!("{at}/target/selector");
        match &annotation.target.selector {
            None => {}
            Some(Selector::TextPositionSelector { start, end, refined_by }) => {
                self.text_position(document, role, (*start, *end), refined_by.as_ref(), &selector_at);
            }
            Some(Selector::FragmentSelector { value, .. }) => {
                self.require(
                    value.start < value.end,
                    &selector_at,
                    "the end is not after the beginning",
                );
                match &document.media {
                    // Durations are floating-point seconds and fragments are whole milliseconds: allow for rounding.
                    Some(media) => {
                        let end = value.end as f64 / 1000.0;
                        let within = end <= media.duration_seconds + 0.001;
                        self.require(
                            within,
                            &selector_at,
                            format!("it ends at {end} s, after the media's end"),
                        );
                    }
                    None => self.require(
                        false,
                        &selector_at,
                        "a stretch of time is meant, but there are no media",
                    ),
                }
            }
        }
    }

    fn text_position(
        &mut self,
        document: &NormalizedDocument,
        role: &str,
        (start, end): (u64, u64),
        refined_by: Option<&Refinement>,
        at: &str,
    ) {
        self.require(
            start <= end,
            at,
            format!("the end, {end}, is before the beginning, {start}"),
        );
        match &document.text {
            Some(text) if text.file.as_str() == role => {
                let characters = text.characters;
                self.require(
                    end <= characters,
                    at,
                    format!("it ends at {end}, but the text has {characters} characters"),
                );
            }
            Some(text) => {
                self.require(
                    false,
                    at,
                    format!("positions are in the file \"{}\", not \"{role}\"", text.file),
                );
            }
            None => self.require(false, at, "a stretch of text is meant, but there is no text"),
        }
        if let Some(Refinement::TextQuoteSelector { exact }) = refined_by {
            let quoted = exact.chars().count() as u64;
            let fits = end.checked_sub(start) == Some(quoted);
            self.require(
                fits,
                at,
                format!("{quoted} characters are quoted for the place from {start} to {end}"),
            );
        }
    }

    fn media_type(&mut self, media_type: &str, pointer: &str) {
        self.require(
            is_media_type(media_type),
            pointer,
            format!("\"{media_type}\" is no media type"),
        );
    }
}

/// `type/subtype` in lower case, of the characters that RFC 6838, section 4.2, allows in names.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&-^_.+".contains(&byte);
        name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) && name.bytes().all(allowed)
    };
    text.split_once('/')
        .is_some_and(|(class, subtype)| is_name(class) && is_name(subtype))
}

/// The outline of RFC 5646, section 2.1: subtags of up to eight letters and digits, the first of letters.
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    let is_language = (2..=8).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_language
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_short_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

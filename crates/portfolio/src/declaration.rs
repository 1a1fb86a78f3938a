//! What a teacher says about a submission before uploading it, and what is wrong with it.
//!
//! A declaration is read by hand rather than by a derived deserializer, because a person (or their client) gets *all*
//! that is wrong with it at once, each fault with the place where it is (a JSON Pointer, RFC 6901) and a sentence that
//! says what would be right.

use serde_json::{Map, Value};

use crate::digest::Sha256;
use crate::evaluators::Evaluators;
use crate::kind::{Kind, MediaType};
use crate::limits::{Limits, NAME_CHARACTERS, TITLE_CHARACTERS};

/// The most bytes that a declaration needs: anything longer can be refused before it is read.
pub const MAX_BYTES: usize = 256 * 1024;

/// A submission that may be created: everything in it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The submission's title, as it was typed.
    pub title: String,
    /// Who may read it, where that was said.
    pub evaluators: Option<Evaluators>,
    /// Its documents: at least one.
    pub documents: Vec<DeclaredDocument>,
}

/// A document that may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDocument {
    /// The file's name, as it was given; any Unicode text without control characters.
    pub name: String,
    /// What the document is.
    pub kind: Kind,
    /// Its media type, which is one that the kind takes.
    pub media_type: MediaType,
    /// Its length in bytes: at least 1, and within the limits of its kind.
    pub size: u64,
    /// Its SHA-256, if the client computed it.
    pub sha256: Option<Sha256>,
}

/// Why no submission can be created from what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but something in it is wrong. There is at least one fault.
    #[error("the declaration has {} faults, the first at \"{}\"", .0.len(), .0.first().map_or("", |fault| &fault.pointer))]
    Faults(Vec<Fault>),
}

/// One thing that is wrong in a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) into the body.
    pub pointer: String,
    /// What would be right, in a sentence for the person who sent it.
    pub detail: String,
}

impl Declaration {
    /// Reads a declaration from the JSON that a client sent:
    /// `{"title": "…", "documents": [{"name": "…", "kind": "…", "media_type": "…", "size": 1, "sha256": "…"}]}`.
    pub fn from_json(body: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        Reader::read(body, limits, Reader::declaration)
    }
}

impl DeclaredDocument {
    /// Reads what a client says about one document alone: one that is to take another's place.
    pub fn from_json(body: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        Reader::read(body, limits, |reader, value| reader.document(value, ""))
    }
}

/// Reads a new title for a submission: `{"title": "…"}`.
pub fn title_from_json(body: &[u8]) -> Result<String, Refusal> {
    Reader::read(body, &Limits::default(), |reader, value| {
        let object = reader.object(value, "", &["title"])?;
        reader.text(object, "", "title", TITLE_CHARACTERS)
    })
}

/// Reads who may read a submission from now on: `{"evaluators": "all"}`, or a list of subjects.
pub fn evaluators_from_json(body: &[u8]) -> Result<Evaluators, Refusal> {
    Reader::read(body, &Limits::default(), |reader, value| {
        let object = reader.object(value, "", &["evaluators"])?;
        let evaluators = reader.member(object, "", "evaluators")?;
        reader.evaluators(evaluators)
    })
}

/// Reads values and collects what is wrong. A method answers `None` only after it recorded a fault.
struct Reader<'a> {
    limits: &'a Limits,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    fn read<T>(
        body: &[u8],
        limits: &'a Limits,
        what: impl FnOnce(&mut Self, &Value) -> Option<T>,
    ) -> Result<T, Refusal> {
        let value: Value = serde_json::from_slice(body).map_err(|error| Refusal::NotJson(error.to_string()))?;
        let mut reader = Self {
            limits,
            faults: Vec::new(),
        };
        match what(&mut reader, &value) {
            Some(read) if reader.faults.is_empty() => Ok(read),
            _ => Err(Refusal::Faults(reader.faults)),
        }
    }

    fn fault<T>(&mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Option<T> {
        self.faults.push(Fault {
            pointer: pointer.into(),
            detail: detail.into(),
        });
        None
    }

    fn declaration(&mut self, value: &Value) -> Option<Declaration> {
        let object = self.object(value, "", &["title", "evaluators", "documents"])?;
        let title = self.text(object, "", "title", TITLE_CHARACTERS);
        let evaluators = match object.get("evaluators") {
            None | Some(Value::Null) => Some(None),
            Some(evaluators) => self.evaluators(evaluators).map(Some),
        };
        let documents = self.documents(object.get("documents"));
        Some(Declaration {
            title: title?,
            evaluators: evaluators?,
            documents: documents?,
        })
    }

    fn evaluators(&mut self, value: &Value) -> Option<Evaluators> {
        match serde_json::from_value(value.clone()) {
            Ok(evaluators) => Some(evaluators),
            Err(error) => self.fault("/evaluators", sentence(&error.to_string())),
        }
    }

    fn documents(&mut self, value: Option<&Value>) -> Option<Vec<DeclaredDocument>> {
        let most = self.limits.documents;
        let Some(value) = value else {
            return self.fault("", "The member \"documents\" is missing.");
        };
        match value.as_array() {
            Some(array) if (1..=most).contains(&array.len()) => {
                let read: Vec<_> = array
                    .iter()
                    .enumerate()
                    .map(|(index, document)| self.document(document, &format!("/documents/{index}")))
                    .collect();
                read.into_iter().collect()
            }
            Some(array) => self.fault(
                "/documents",
                format!("A submission has 1 to {most} documents; this one has {}.", array.len()),
            ),
            None => self.fault("/documents", "The documents are an array."),
        }
    }

    fn document(&mut self, value: &Value, at: &str) -> Option<DeclaredDocument> {
        let object = self.object(value, at, &["name", "kind", "media_type", "size", "sha256"])?;
        let name = self.text(object, at, "name", NAME_CHARACTERS);
        let kind: Option<Kind> = self.word(object, at, "kind");
        let media_type: Option<MediaType> = self.word(object, at, "media_type");
        if let (Some(kind), Some(media_type)) = (kind, media_type)
            && !kind.takes(media_type)
        {
            let taken: Vec<_> = kind.media_types().iter().map(|taken| taken.described()).collect();
            self.fault::<()>(
                format!("{at}/media_type"),
                format!(
                    "A {kind} cannot be {}; it can be {}.",
                    media_type.described(),
                    taken.join(", ")
                ),
            );
        }
        let size = self.size(object, at, kind);
        let sha256 = match object.get("sha256") {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.word(object, at, "sha256").map(Some),
        };
        Some(DeclaredDocument {
            name: name?,
            kind: kind?,
            media_type: media_type?,
            size: size?,
            sha256: sha256?,
        })
    }

    fn object<'v>(&mut self, value: &'v Value, at: &str, members: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            return self.fault(at, "An object is expected here.");
        };
        for member in object.keys().filter(|member| !members.contains(&member.as_str())) {
            let pointer = format!("{at}/{}", member.replace('~', "~0").replace('/', "~1"));
            self.fault::<()>(
                pointer,
                format!("There is no such member here; there are: {}.", members.join(", ")),
            );
        }
        Some(object)
    }

    fn member<'v>(&mut self, object: &'v Map<String, Value>, at: &str, name: &str) -> Option<&'v Value> {
        match object.get(name) {
            Some(value) => Some(value),
            None => self.fault(at, format!("The member \"{name}\" is missing.")),
        }
    }

    fn string<'v>(&mut self, object: &'v Map<String, Value>, at: &str, name: &str) -> Option<&'v str> {
        match self.member(object, at, name)?.as_str() {
            Some(text) => Some(text),
            None => self.fault(format!("{at}/{name}"), "A string is expected here."),
        }
    }

    /// A text that a person typed. Nothing is stripped from it: what was typed is what evaluators read.
    fn text(&mut self, object: &Map<String, Value>, at: &str, name: &str, most: usize) -> Option<String> {
        let text = self.string(object, at, name)?;
        let length = text.chars().count();
        let pointer = format!("{at}/{name}");
        if text.trim().is_empty() {
            self.fault(pointer, format!("The {name} is empty."))
        } else if length > most {
            self.fault(
                pointer,
                format!("The {name} has {length} characters; it can have up to {most}."),
            )
        } else if let Some(control) = text.chars().find(|character| character.is_control()) {
            let code = u32::from(control);
            self.fault(
                pointer,
                format!("The {name} contains the control character U+{code:04X}."),
            )
        } else {
            Some(text.to_owned())
        }
    }

    /// A text that stands for a value of a closed set. The set's own error says what is in it.
    fn word<T>(&mut self, object: &Map<String, Value>, at: &str, name: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: std::fmt::Display,
    {
        match self.string(object, at, name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => self.fault(format!("{at}/{name}"), sentence(&T::Err::to_string(&error))),
        }
    }

    fn size(&mut self, object: &Map<String, Value>, at: &str, kind: Option<Kind>) -> Option<u64> {
        let value = self.member(object, at, "size")?;
        let pointer = format!("{at}/size");
        let Some(size) = value.as_u64() else {
            return self.fault(pointer, "The size is a whole number of bytes.");
        };
        if size == 0 {
            return self.fault(pointer, "The file is empty.");
        }
        match kind {
            Some(kind) if size > self.limits.size_of(kind) => {
                let most = self.limits.size_of(kind);
                self.fault(
                    pointer,
                    format!("A {kind} can have up to {most} bytes; this one has {size}."),
                )
            }
            _ => Some(size),
        }
    }
}

/// An error's text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => String::new(),
    }
}

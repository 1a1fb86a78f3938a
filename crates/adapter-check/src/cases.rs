//! Cases: folders of data. `case.json` says what is given, `expected.json` what comes of it.
//!
//! The format is described in `docs/adapters.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use canonical_document::NormalizedDocument;
use handoff::{NormalizeWork, VerifiedFile};
use jiff::Timestamp;
use portfolio::{Facts, Kind, Sha256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::adapter::{Adapter, Instance, wit};
use crate::report::Report;
use crate::words;

/// When everything happens in a case, unless the vendor says otherwise.
const TIME: &str = "2026-11-24T08:00:00Z";

/// The published schema of canonical documents.
const SCHEMA: &str = include_str!("../../../docs/schemas/normalized-document-1.json");

/// `case.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    #[serde(rename = "why")]
    _why: String,
    /// Where the vendor documents what is given, if it does.
    #[serde(rename = "source", default)]
    _source: Option<String>,
    document: Document,
    /// The vendor's response to the request.
    response: Option<Response>,
    callback: Option<Callback>,
    /// The files that came back.
    #[serde(default)]
    files: Vec<Returned>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    kind: Kind,
    name: Option<String>,
    media_type: Option<String>,
    size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The name of a file beside `case.json`.
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    #[serde(default)]
    query: String,
    /// The name of a file beside `case.json`.
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    role: String,
    media_type: String,
    /// The name of a file beside `case.json`.
    file: String,
}

/// `expected.json`: what the adapter makes of a case.
#[derive(Debug, PartialEq, Serialize)]
struct Made {
    request: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<Value>,
    /// The canonical document without what the next version may change: the adapter's version. Or why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
    /// Derived files that are text, line by line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    derived: Derived,
}

/// The lines of derived files, by their roles.
type Derived = BTreeMap<String, Vec<String>>;

pub(crate) fn check(adapter: &Adapter, folder: &Path, bless: bool, report: &mut Report) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("case.json").is_file())
        .collect();
    folders.sort();
    anyhow::ensure!(
        !folders.is_empty(),
        "{} holds no case: a folder with a case.json",
        folder.display()
    );
    for path in folders {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let case = Loaded::read(&path).with_context(|| format!("the case {name}"))?;
        let faults = case
            .run(adapter, bless)
            .unwrap_or_else(|error| vec![format!("{error:#}")]);
        report.note(format!("case {name}: as written down, and the same again"), faults);
        report.note(
            format!("case {name}: an answer however it is damaged"),
            case.damaged(adapter),
        );
    }
    Ok(())
}

/// A case with the content of its files.
struct Loaded {
    path: PathBuf,
    document: wit::Document,
    kind: Kind,
    response: Option<wit::Response>,
    delivery: Option<wit::Delivery>,
    files: Vec<(String, String, Vec<u8>)>,
}

impl Loaded {
    fn read(path: &Path) -> Result<Self> {
        let content = |name: &str| fs::read(path.join(name)).with_context(|| format!("cannot read {name}"));
        let case: Case = serde_json::from_slice(&content("case.json")?).context("case.json")?;
        let kind = match case.document.kind {
            Kind::LessonPlan => wit::DocumentKind::LessonPlan,
            Kind::ClassroomVideo => wit::DocumentKind::ClassroomVideo,
        };
        let usual = words::document(kind);
        Ok(Self {
            path: path.to_owned(),
            document: wit::Document {
                name: case.document.name.unwrap_or_else(|| usual.name.clone()),
                media_type: case.document.media_type.unwrap_or_else(|| usual.media_type.clone()),
                size: case.document.size.unwrap_or(usual.size),
                ..usual
            },
            kind: case.document.kind,
            response: case
                .response
                .map(|response| -> Result<_> {
                    Ok(wit::Response {
                        status: response.status,
                        headers: response
                            .headers
                            .into_iter()
                            .map(|(name, value)| wit::Header { name, value })
                            .collect(),
                        body: content(&response.body)?,
                    })
                })
                .transpose()?,
            delivery: case
                .callback
                .map(|callback| -> Result<_> {
                    Ok(wit::Delivery {
                        query: callback.query,
                        body: content(&callback.body)?,
                    })
                })
                .transpose()?,
            files: case
                .files
                .into_iter()
                .map(|file| Ok((file.role, file.media_type, content(&file.file)?)))
                .collect::<Result<_>>()?,
        })
    }

    fn run(&self, adapter: &Adapter, bless: bool) -> Result<Vec<String>> {
        let mut faults = self.unexpected(adapter)?;
        let made = self.make(adapter, &mut faults)?;
        let mut again = Vec::new();
        if self.make(adapter, &mut again)? != made {
            faults.push("the same case gives something else the second time".into());
        }
        let expected = self.path.join("expected.json");
        let json = serde_json::to_value(&made)?;
        if bless {
            fs::write(&expected, serde_json::to_string_pretty(&json)? + "\n")
                .with_context(|| format!("cannot write {}", expected.display()))?;
        }
        let written = fs::read(&expected).map_err(|_| anyhow!("there is no expected.json: `--bless` writes it"))?;
        let written: Value = serde_json::from_slice(&written).context("expected.json")?;
        if written != json {
            faults.push(difference("", &written, &json));
        }
        Ok(faults)
    }

    /// Whether the files are what the adapter itself expects.
    fn unexpected(&self, adapter: &Adapter) -> Result<Vec<String>> {
        let expectations = adapter.call(|instance| instance.expectations(&self.document))?;
        let mut faults = Vec::new();
        for (role, media_type, content) in &self.files {
            let Some(expected) = expectations.iter().find(|expected| expected.role == *role) else {
                faults.push(format!("the adapter does not expect the file {role}"));
                continue;
            };
            if !expected.media_types.contains(media_type) {
                faults.push(format!(
                    "{role} is {media_type}, not {}",
                    expected.media_types.join(" or ")
                ));
            }
            let mut inspection = file_form::Inspection::new(words::form(&expected.form));
            inspection.update(content);
            if let Err(wrong) = inspection.finish() {
                faults.push(format!("{role}: {wrong}"));
            }
        }
        Ok(faults)
    }

    /// Everything that the adapter says, in one instance.
    fn make(&self, adapter: &Adapter, faults: &mut Vec<String>) -> Result<Made> {
        let mut instance = adapter.instance()?;
        let review = wit::Review {
            document: self.document.clone(),
            document_url: "https://bucket.example/original?signature=0".into(),
            callback_url: "https://dossier.example/v1/callbacks/vendor".into(),
            idempotency_key: self.document.id.clone(),
        };
        let request = match instance.make_request(&review)? {
            Ok(request) => json!({ "method": request.method, "path": request.path, "body": text(&request.body) }),
            Err(reason) => json!({ "refused": reason }),
        };
        let outcome = match &self.response {
            Some(response) => Some(match instance.read_response(response)? {
                wit::Outcome::Accepted(id) => json!({ "accepted": id }),
                wit::Outcome::TryAgain(later) => {
                    json!({ "try-again": later.reason, "after-seconds": later.after_seconds })
                }
                wit::Outcome::Refused(reason) => json!({ "refused": reason }),
            }),
            None => None,
        };
        let callback = match &self.delivery {
            Some(delivery) => Some(instance.read_callback(delivery)?),
            None => None,
        };
        let (document, derived) = if self.files.is_empty() {
            (None, BTreeMap::new())
        } else {
            self.normalize(&mut instance, callback.as_ref(), faults)?
        };
        Ok(Made {
            request,
            outcome,
            callback: callback.map(described),
            document,
            derived,
        })
    }

    fn normalize(
        &self,
        instance: &mut Instance<'_>,
        callback: Option<&Result<wit::Callback, String>>,
        faults: &mut Vec<String>,
    ) -> Result<(Option<Value>, Derived)> {
        let files = self.returned(instance)?;
        let normalized = match instance.normalize(&self.document, &files)? {
            Ok(normalized) => words::normalized(normalized),
            Err(reason) => return Ok((Some(json!({ "not-normalizable": reason })), BTreeMap::new())),
        };
        let derived = normalized
            .files
            .iter()
            .filter_map(|file| {
                let text = std::str::from_utf8(&file.content).ok()?;
                Some((file.role.clone(), text.lines().map(ToOwned::to_owned).collect()))
            })
            .collect();
        let vendor = words::vendor(instance.describe()?);
        let work = self.work(callback.and_then(|callback| callback.as_ref().ok()))?;
        let facts = self.facts()?;
        let document = match vendor::canonical::document(words::DOCUMENT.parse()?, &facts, &work, &vendor, &normalized)
        {
            Ok(document) => document,
            Err(reason) => {
                faults.push(format!("what it makes is no canonical document: {reason}"));
                return Ok((None, derived));
            }
        };
        faults.extend(violations(&document)?);
        let mut json = serde_json::to_value(&document)?;
        if let Some(adapter) = json.pointer_mut("/review/adapter").and_then(Value::as_object_mut) {
            adapter.remove("version");
        }
        Ok((Some(json), derived))
    }

    fn returned(&self, instance: &mut Instance<'_>) -> Result<Vec<wit::ReturnedFile>> {
        let expectations = instance.expectations(&self.document)?;
        Ok(self
            .files
            .iter()
            .map(|(role, media_type, content)| {
                let wanted = expectations
                    .iter()
                    .any(|expected| expected.content && expected.role == *role);
                wit::ReturnedFile {
                    role: role.clone(),
                    media_type: media_type.clone(),
                    size: content.len() as u64,
                    sha256: digest(content).to_string(),
                    content: if wanted { content.clone() } else { Vec::new() },
                }
            })
            .collect())
    }

    fn work(&self, callback: Option<&wit::Callback>) -> Result<NormalizeWork> {
        let time: Timestamp = TIME.parse()?;
        let completed_at = callback.and_then(|callback| callback.completed_at.as_deref());
        Ok(NormalizeWork {
            review: callback.map_or_else(|| "review".to_owned(), |callback| callback.review.clone()),
            requested_at: time,
            completed_at: completed_at.map(str::parse).transpose()?.unwrap_or(time),
            files: self
                .files
                .iter()
                .map(|(role, media_type, content)| {
                    Ok(VerifiedFile {
                        role: role.parse()?,
                        media_type: media_type.clone(),
                        size: content.len() as u64,
                        sha256: digest(content),
                    })
                })
                .collect::<Result<_>>()?,
        })
    }

    fn facts(&self) -> Result<Facts> {
        Ok(serde_json::from_value(json!({
            "submission": words::SUBMISSION, "title": self.document.title, "name": self.document.name,
            "kind": self.kind, "media_type": self.document.media_type, "size": self.document.size,
        }))?)
    }

    /// Damages each piece of the case in turn. Any answer will do, but there must be one.
    fn damaged(&self, adapter: &Adapter) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(delivery) = &self.delivery {
            for (how, body) in damages(&delivery.body) {
                let delivery = wit::Delivery {
                    body,
                    ..delivery.clone()
                };
                if let Err(error) = adapter.call(|instance| instance.read_callback(&delivery)) {
                    faults.push(format!("the callback, {how}: {error}"));
                }
            }
        }
        if let Some(response) = &self.response {
            for (how, body) in damages(&response.body) {
                let response = wit::Response {
                    body,
                    ..response.clone()
                };
                if let Err(error) = adapter.call(|instance| instance.read_response(&response)) {
                    faults.push(format!("the response, {how}: {error}"));
                }
            }
        }
        let files = match adapter.instance().and_then(|mut instance| self.returned(&mut instance)) {
            Ok(files) => files,
            Err(error) => return vec![error.to_string()],
        };
        for index in 0..files.len() {
            for (how, content) in damages(&files[index].content) {
                let mut files = files.clone();
                files[index].content = content;
                if let Err(error) = adapter.call(|instance| instance.normalize(&self.document, &files)) {
                    faults.push(format!("the file {}, {how}: {error}", files[index].role));
                }
            }
            let mut fewer = files.clone();
            let missing = fewer.remove(index);
            if let Err(error) = adapter.call(|instance| instance.normalize(&self.document, &fewer)) {
                faults.push(format!("without the file {}: {error}", missing.role));
            }
        }
        faults
    }
}

/// A content cut off, with bytes changed, twice, and with its numbers replaced.
fn damages(content: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut damages = Vec::new();
    for part in 0..16 {
        let at = content.len() * part / 16;
        damages.push((format!("cut off after {at} bytes"), content[..at].to_vec()));
        if let Some(byte) = content.get(at) {
            let mut changed = content.to_vec();
            changed[at] = byte ^ 0x20;
            damages.push((format!("byte {at} changed"), changed.clone()));
            changed[at] = 0xff;
            damages.push((format!("byte {at} not UTF-8"), changed));
        }
    }
    damages.push(("twice".into(), content.repeat(2)));
    if let Ok(text) = std::str::from_utf8(content) {
        for (number, instead) in [
            ("0", "-1"),
            ("1", "1e308"),
            ("2", "99999999999999999999"),
            ("3", "0.5"),
            ("5", "NaN"),
        ] {
            damages.push((
                format!("{instead} in the place of every {number}"),
                text.replace(number, instead).into_bytes(),
            ));
        }
        damages.push((
            "nulls for texts".into(),
            text.replace("\": \"", "\": null, \"x\": \"").into_bytes(),
        ));
    }
    damages
}

fn described(callback: Result<wit::Callback, String>) -> Value {
    let callback = match callback {
        Ok(callback) => callback,
        Err(reason) => return json!({ "not-understood": reason }),
    };
    let verdict = match callback.verdict {
        wit::Verdict::Failed(reason) => json!({ "failed": reason }),
        wit::Verdict::Completed(files) => files
            .into_iter()
            .map(|file| {
                json!({
                    "role": file.role, "url": file.url, "media-type": file.media_type, "size": file.size,
                    "sha256": file.sha256, "with-token": file.token.is_some(),
                })
            })
            .collect(),
    };
    json!({
        "document": callback.document, "review": callback.review, "completed-at": callback.completed_at,
        "verdict": verdict,
    })
}

/// What the types and the published schema say against a document.
fn violations(document: &NormalizedDocument) -> Result<Vec<String>> {
    let mut faults: Vec<String> = match document.validate() {
        Ok(()) => Vec::new(),
        Err(violations) => violations.iter().map(ToString::to_string).collect(),
    };
    let schema: Value = serde_json::from_str(SCHEMA)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| anyhow!("{error}"))?;
    let json = serde_json::to_value(document)?;
    faults.extend(
        validator
            .iter_errors(&json)
            .map(|error| format!("by the schema, {}: {error}", error.instance_path())),
    );
    Ok(faults)
}

/// The first place at which two values differ.
fn difference(at: &str, expected: &Value, made: &Value) -> String {
    match (expected, made) {
        (Value::Object(expected), Value::Object(made)) => {
            for (name, value) in expected {
                let at = format!("{at}/{name}");
                match made.get(name) {
                    None => return format!("{at} is missing"),
                    Some(other) if other != value => return difference(&at, value, other),
                    Some(_) => {}
                }
            }
            let added = made.keys().find(|name| !expected.contains_key(*name));
            format!("{at}/{} is new", added.map_or("", String::as_str))
        }
        (Value::Array(expected), Value::Array(made)) if expected.len() == made.len() => {
            let pairs = expected.iter().zip(made).enumerate();
            pairs
                .into_iter()
                .find(|(_, (expected, made))| expected != made)
                .map(|(index, (expected, made))| difference(&format!("{at}/{index}"), expected, made))
                .unwrap_or_default()
        }
        _ => format!("{at} is {made}, not {expected}"),
    }
}

fn digest(content: &[u8]) -> Sha256 {
    Sha256::from(<[u8; 32]>::from(sha2::Sha256::digest(content)))
}

/// A body for a person to read: JSON where it is.
fn text(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

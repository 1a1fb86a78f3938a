//! The public format of LanguageTool (<https://languagetool.org/http-api/>), for documents by link.
//!
//! LanguageTool takes the text in the request and answers at once. This service fetches the document, and gives the answer
//! and the text as files; the answer is LanguageTool's, member by member.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;

use crate::callback::Listed;
use crate::problem::Problem;
use crate::request::{Kind, Request};
use crate::reviews::Review;
use crate::text::proofread::{Finding, Findings};

/// How many characters of the text are shown around a match.
const CONTEXT: usize = 40;

/// The body of `POST /v2/check`.
#[derive(Deserialize)]
struct Check {
    /// A BCP 47 tag, or `auto`.
    language: String,
    document_url: Url,
    callback_url: Url,
    reference: String,
    media_type: String,
    name: String,
    size: u64,
    title: String,
}

/// Reads and checks a body.
pub(crate) fn request(body: &[u8]) -> Result<Request, Problem> {
    let check: Check = crate::http::json::parse(body)?;
    let request = Request {
        document_url: check.document_url,
        callback_url: check.callback_url,
        reference: check.reference,
        kind: Kind::LessonPlan,
        media_type: check.media_type,
        name: check.name,
        size: Some(check.size),
        title: check.title,
        language: (check.language != "auto").then_some(check.language),
        behaviour: Vec::new(),
    };
    request.check()?;
    Ok(request)
}

/// The answer of `/v2/check`.
#[derive(Serialize)]
pub(crate) struct Answer {
    software: Software,
    warnings: Warnings,
    language: Language,
    matches: Vec<Match>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Software {
    name: String,
    version: String,
    build_date: Option<String>,
    api_version: u32,
    premium: bool,
    status: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Warnings {
    incomplete_results: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "LanguageTool calls its members so")]
struct Language {
    name: String,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_language: Option<Box<Language>>,
}

/// Offsets and lengths count UTF-16 code units.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    message: String,
    short_message: String,
    offset: usize,
    length: usize,
    replacements: Vec<Replacement>,
    context: Context,
    sentence: String,
    rule: Rule,
}

#[derive(Serialize)]
struct Replacement {
    value: String,
}

#[derive(Serialize)]
struct Context {
    text: String,
    offset: usize,
    length: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    description: String,
    issue_type: String,
    category: Category,
}

#[derive(Serialize)]
struct Category {
    id: String,
    name: String,
}

/// The findings about a text in LanguageTool's words.
pub(crate) fn answer(text: &str, findings: &Findings) -> Answer {
    let characters: Vec<char> = text.chars().collect();
    // Where each character begins, in UTF-16 code units.
    let mut units = Vec::with_capacity(characters.len() + 1);
    let mut unit = 0;
    for character in &characters {
        units.push(unit);
        unit += character.len_utf16();
    }
    units.push(unit);

    let language = |detected_language| Language {
        name: findings.language.clone(),
        code: findings.language.clone(),
        detected_language,
    };
    Answer {
        software: Software {
            name: findings.checker_name().to_owned(),
            version: findings.checker_version().to_owned(),
            build_date: None,
            api_version: 1,
            premium: false,
            status: String::new(),
        },
        warnings: Warnings {
            incomplete_results: findings.checked_characters() < characters.len(),
        },
        language: language(Some(Box::new(language(None)))),
        matches: findings
            .list
            .iter()
            .map(|finding| found(finding, &characters, &units))
            .collect(),
    }
}

fn found(finding: &Finding, characters: &[char], units: &[usize]) -> Match {
    let (start, end) = (finding.start, finding.end);
    let from = start.saturating_sub(CONTEXT);
    let to = (end + CONTEXT).min(characters.len());
    let length = units[end] - units[start];
    let id = finding.kind.to_uppercase().replace('-', "_");
    Match {
        message: finding.message.clone(),
        short_message: String::new(),
        offset: units[start],
        length,
        replacements: finding
            .suggestions
            .iter()
            .map(|value| Replacement { value: value.clone() })
            .collect(),
        context: Context {
            text: characters[from..to].iter().collect(),
            offset: units[start] - units[from],
            length,
        },
        sentence: sentence(characters, start, end),
        rule: Rule {
            id: finding.rule.clone(),
            description: finding.rule.clone(),
            issue_type: if finding.kind == "spelling" {
                "misspelling"
            } else {
                "grammar"
            }
            .into(),
            category: Category {
                id,
                name: finding.kind.clone(),
            },
        },
    }
}

/// The characters from the end of one sentence to the end of the next, around a match.
fn sentence(characters: &[char], start: usize, end: usize) -> String {
    let ends = |character: &char| matches!(character, '.' | '!' | '?' | '\n');
    let from = characters[..start]
        .iter()
        .rposition(ends)
        .map_or(0, |position| position + 1);
    let to = characters[end..]
        .iter()
        .position(ends)
        .map_or(characters.len(), |position| end + position + 1);
    characters[from..to].iter().collect::<String>().trim().to_owned()
}

#[derive(Serialize)]
struct Report<'a> {
    id: &'a str,
    reference: &'a str,
    completed_at: Option<jiff::Timestamp>,
    error: Option<&'a str>,
    files: &'a [Listed],
}

/// The body of the callback.
pub(crate) fn report(review: &Review, files: &[Listed]) -> serde_json::Result<String> {
    serde_json::to_string(&Report {
        id: &review.id,
        reference: &review.request.reference,
        completed_at: review.completed_at,
        error: review.error.as_ref().map(|failure| failure.message.as_str()),
        files,
    })
}

/// How the callback is signed: HMAC-SHA256 over `id.timestamp.body`.
pub(crate) fn signature(secret: &[u8], id: &str, timestamp: i64, body: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return headers;
    };
    let tag = mac
        .chain_update(format!("{id}.{timestamp}.{body}"))
        .finalize()
        .into_bytes();
    let signature = tag.iter().fold(String::from("sha256="), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    for (name, value) in [
        ("x-delivery-id", id),
        ("x-delivery-timestamp", &timestamp.to_string()),
        ("x-signature", &signature),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_utf_16_code_units() {
        let text = "🌱🌱 A plant recieves light. It grows.\n";
        let answer = answer(text, &crate::text::proofread::check(text, None));
        let units: Vec<u16> = text.encode_utf16().collect();
        let found = answer
            .matches
            .iter()
            .map(|found| String::from_utf16_lossy(&units[found.offset..found.offset + found.length]))
            .collect::<Vec<_>>();
        assert!(found.contains(&"recieves".to_owned()), "{found:?}");
        let spelling = answer.matches.iter().find(|found| found.rule.category.id == "SPELLING");
        assert!(spelling.is_some_and(|found| found.sentence == "🌱🌱 A plant recieves light."));
    }
}

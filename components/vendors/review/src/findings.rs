//! What the service found in a text.

use serde::Deserialize;

use crate::files::{FINDINGS, TEXT, content};
use crate::wit::{Annotation, AnnotationBody, Motivation, Normalized, ReturnedFile, Target, Text, TextTarget};

#[derive(Deserialize)]
struct Findings {
    format: String,
    language: String,
    text: Length,
    #[serde(rename = "findings")]
    list: Vec<Finding>,
}

#[derive(Deserialize)]
struct Length {
    characters: u64,
    words: u64,
}

#[derive(Deserialize)]
struct Finding {
    start: u64,
    end: u64,
    quote: String,
    kind: String,
    message: String,
    #[serde(default)]
    suggestions: Vec<String>,
}

pub(crate) fn normalize(files: &[ReturnedFile]) -> Result<Normalized, String> {
    let found: Findings = serde_json::from_str(content(files, FINDINGS)?)
        .map_err(|error| format!("the file {FINDINGS} is not the documented JSON: {error}"))?;
    if found.format != "findings/1" {
        return Err(format!(
            "the file {FINDINGS} has the format {:?}; this adapter reads \"findings/1\"",
            found.format
        ));
    }
    Ok(Normalized {
        language: Some(found.language),
        text: Some(Text {
            characters: found.text.characters,
            words: found.text.words,
            file: TEXT.into(),
        }),
        media: None,
        annotations: found.list.into_iter().map(annotation).collect(),
        files: Vec::new(),
    })
}

/// The message is for reading, the kind for filtering, and each suggestion stands ready to replace the quote.
fn annotation(finding: Finding) -> Annotation {
    let motivation = if finding.suggestions.is_empty() {
        Motivation::Commenting
    } else {
        Motivation::Editing
    };
    let mut bodies = vec![
        AnnotationBody {
            purpose: Motivation::Commenting,
            value: finding.message,
        },
        AnnotationBody {
            purpose: Motivation::Tagging,
            value: finding.kind,
        },
    ];
    bodies.extend(finding.suggestions.into_iter().map(|value| AnnotationBody {
        purpose: Motivation::Editing,
        value,
    }));
    let target = Target::Text(TextTarget {
        file: TEXT.into(),
        start: finding.start,
        end: finding.end,
        quote: Some(finding.quote),
    });
    Annotation {
        motivation,
        bodies,
        target,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn file(content: &str) -> Vec<ReturnedFile> {
        vec![ReturnedFile {
            role: FINDINGS.into(),
            media_type: "application/json".into(),
            size: content.len() as u64,
            sha256: String::new(),
            content: content.into(),
        }]
    }

    #[test]
    fn a_finding_with_suggestions_is_an_edit() {
        let normalized = normalize(&file(
            r#"{"format":"findings/1","language":"en-US","text":{"role":"text","characters":3811,"words":640},
                "checker":{"name":"harper","version":"3.0.0"},"findings":[{"start":102,"end":110,"quote":"recieves",
                "kind":"spelling","rule":"SpellCheck","message":"Spelled wrong.","suggestions":["receives","relieves"]}]}"#,
        ))
        .unwrap();
        assert_eq!(normalized.language.as_deref(), Some("en-US"));
        let [annotation] = normalized.annotations.as_slice() else {
            panic!("one finding, one annotation")
        };
        assert_eq!(annotation.motivation, Motivation::Editing);
        let bodies: Vec<_> = annotation
            .bodies
            .iter()
            .map(|body| (body.purpose, body.value.as_str()))
            .collect();
        assert_eq!(
            bodies,
            [
                (Motivation::Commenting, "Spelled wrong."),
                (Motivation::Tagging, "spelling"),
                (Motivation::Editing, "receives"),
                (Motivation::Editing, "relieves"),
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_as_documented_is_named() {
        for content in [
            "",
            "[]",
            "{}",
            r#"{"format":"findings/2","language":"en","text":{"characters":0,"words":0},"findings":[]}"#,
        ] {
            let error = normalize(&file(content)).unwrap_err();
            assert!(error.contains("findings"), "{error}");
        }
        assert_eq!(normalize(&[]).unwrap_err(), "the file findings is missing");
    }
}

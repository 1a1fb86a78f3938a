//! What the service found in a text: the matches of `/v2/check`.

use serde::Deserialize;

use crate::files::{CHECK, TEXT, content};
use crate::wit::{Annotation, AnnotationBody, Motivation, Normalized, ReturnedFile, Target, Text, TextTarget};

/// As many replacements as a person looks at. The service puts the likeliest first.
const MOST_REPLACEMENTS: usize = 20;

#[derive(Deserialize)]
struct Answer {
    language: Language,
    matches: Vec<Match>,
}

#[derive(Deserialize)]
struct Language {
    code: String,
}

/// Offset and length count UTF-16 code units, as Java's strings do.
#[derive(Deserialize)]
struct Match {
    message: String,
    offset: u64,
    length: u64,
    replacements: Vec<Replacement>,
    rule: Rule,
}

#[derive(Deserialize)]
struct Replacement {
    /// Absent where the service only describes what to do.
    value: Option<String>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
    category: Option<Category>,
}

#[derive(Deserialize)]
struct Category {
    id: Option<String>,
}

pub(crate) fn normalize(files: &[ReturnedFile]) -> Result<Normalized, String> {
    let text = content(files, TEXT)?;
    let answer: Answer = serde_json::from_str(content(files, CHECK)?)
        .map_err(|error| format!("the file {CHECK} is not the documented JSON: {error}"))?;
    let places = Places::of(text);
    let annotations = answer
        .matches
        .into_iter()
        .enumerate()
        .map(|(index, found)| {
            annotation(found, text, &places)
                .ok_or_else(|| format!("match {index} of the file {CHECK} lies outside of the file {TEXT}"))
        })
        .collect::<Result<_, _>>()?;
    Ok(Normalized {
        language: Some(answer.language.code),
        text: Some(Text {
            characters: text.chars().count() as u64,
            words: text.split_whitespace().count() as u64,
            file: TEXT.into(),
        }),
        media: None,
        annotations,
        files: Vec::new(),
    })
}

/// The message is for reading, rule and category for filtering, and each replacement stands ready.
fn annotation(found: Match, text: &str, places: &Places) -> Option<Annotation> {
    let start = places.at(found.offset)?;
    let end = places.at(found.offset.checked_add(found.length)?)?;
    let body = |purpose, value: String| AnnotationBody { purpose, value };
    let mut bodies = Vec::new();
    let tags = [
        Some(found.rule.id),
        found.rule.category.and_then(|category| category.id),
    ];
    let described = std::iter::once((Motivation::Commenting, Some(found.message)))
        .chain(tags.map(|tag| (Motivation::Tagging, tag)));
    bodies
        .extend(described.filter_map(|(purpose, value)| Some(body(purpose, value.filter(|value| !value.is_empty())?))));
    let replacements = found
        .replacements
        .into_iter()
        .filter_map(|replacement| replacement.value);
    let said = bodies.len();
    bodies.extend(
        replacements
            .take(MOST_REPLACEMENTS)
            .map(|value| body(Motivation::Editing, value)),
    );
    Some(Annotation {
        motivation: if bodies.len() > said {
            Motivation::Editing
        } else {
            Motivation::Commenting
        },
        bodies,
        target: Target::Text(TextTarget {
            file: TEXT.into(),
            start: start.character,
            end: end.character,
            quote: Some(text.get(start.byte..end.byte)?.to_owned()),
        }),
    })
}

/// Where each UTF-16 code unit of a text is.
struct Places {
    /// For each code unit that begins a character, and for the end of the text.
    units: Vec<Option<Place>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    byte: usize,
    /// In Unicode code points.
    character: u64,
}

impl Places {
    fn of(text: &str) -> Self {
        let mut units = Vec::with_capacity(text.len() + 1);
        let mut character = 0;
        for (byte, found) in text.char_indices() {
            units.push(Some(Place { byte, character }));
            units.extend(std::iter::repeat_n(None, found.len_utf16() - 1));
            character += 1;
        }
        units.push(Some(Place {
            byte: text.len(),
            character,
        }));
        Self { units }
    }

    /// None beyond the end, and within a surrogate pair.
    fn at(&self, unit: u64) -> Option<Place> {
        *self.units.get(usize::try_from(unit).ok()?)?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn found(text: &str, offset: u64, length: u64) -> Result<Normalized, String> {
        let file = |role: &str, content: String| ReturnedFile {
            role: role.into(),
            media_type: String::new(),
            size: content.len() as u64,
            sha256: String::new(),
            content: content.into(),
        };
        let answer = format!(
            r#"{{"language":{{"code":"en-US"}},"matches":[{{"message":"Typo","offset":{offset},"length":{length},
            "replacements":[{{"value":"receives"}},{{"shortDescription":"x"}}],
            "rule":{{"id":"R","category":{{"id":"TYPOS","name":"Typos"}}}}}}]}}"#
        );
        normalize(&[file(TEXT, text.into()), file(CHECK, answer)])
    }

    #[test]
    fn offsets_count_utf_16_code_units_and_positions_code_points() {
        // The seedling takes two code units, four bytes and one code point; so does the mathematical letter.
        let text = "🌱 𝔄 plant – “recieves” light";
        let offset = text.encode_utf16().take_while(|unit| *unit != u16::from(b'r')).count() as u64;
        let normalized = found(text, offset, 8).unwrap();
        let Target::Text(target) = &normalized.annotations[0].target else {
            panic!("{normalized:?}")
        };
        assert_eq!(target.quote.as_deref(), Some("recieves"));
        let characters: Vec<char> = text.chars().collect();
        let (start, end) = (
            usize::try_from(target.start).unwrap(),
            usize::try_from(target.end).unwrap(),
        );
        assert_eq!(characters[start..end].iter().collect::<String>(), "recieves");
        assert_eq!(offset - target.start, 2);
        assert_eq!(normalized.annotations[0].motivation, Motivation::Editing);
    }

    #[test]
    fn a_match_beyond_the_text_or_within_a_character_is_an_error() {
        for (offset, length) in [(3, 1), (0, 9), (1, 1), (0, 1), (u64::MAX, 1), (1, u64::MAX)] {
            let error = found("🌱", offset, length).unwrap_err();
            assert!(error.contains("match 0"), "{offset} {length}: {error}");
        }
        assert!(found("🌱", 0, 2).is_ok());
        assert!(found("", 0, 0).is_ok());
    }
}

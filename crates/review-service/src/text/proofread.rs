//! What the grammar checker says about a text: the file `findings.json`.
//!
//! The checker looks for words that resemble an unknown one, which takes tens of milliseconds a word: a text in another
//! language than English, or made of nonsense, would keep it busy for hours. So the text is checked in portions, those
//! that are not English are passed over, and no further portion is begun when a budget of time is spent.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use harper_core::language_detection::is_doc_likely_english;
use harper_core::linting::{Lint, LintGroup, Suggestion};
use harper_core::parsers::PlainEnglish;
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document};
use serde::Serialize;

/// The most suggestions per finding.
const SUGGESTIONS: usize = 5;

/// How long a portion is at least, in characters, unless the text is shorter.
const PORTION: usize = 3_000;

/// How long a portion is at most, whether or not a paragraph ends there.
const LONGEST_PORTION: usize = 6_000;

/// In a text of fewer words one mistake may make the difference between English and not: it is checked in any case.
const TOO_SHORT_TO_TELL: usize = 60;

/// After this time no further portion is begun. A book of 300 pages stays below it.
const BUDGET: Duration = Duration::from_secs(30);

/// The content of `findings.json`; the members are described in `API.md`.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    format: &'static str,
    pub(crate) language: String,
    text: TextFacts,
    checker: Option<Checker>,
    #[serde(rename = "findings")]
    pub(crate) list: Vec<Finding>,
}

impl Findings {
    /// What checked the text; empty where nothing did.
    pub(crate) fn checker_name(&self) -> &'static str {
        self.checker.as_ref().map_or("", |checker| checker.name)
    }

    /// Its version.
    pub(crate) fn checker_version(&self) -> &'static str {
        self.checker.as_ref().map_or("", |checker| checker.version)
    }

    /// How much of the text was checked.
    pub(crate) fn checked_characters(&self) -> usize {
        self.checker.as_ref().map_or(0, |checker| checker.checked_characters)
    }
}

#[derive(Debug, Serialize)]
struct TextFacts {
    role: &'static str,
    characters: usize,
    words: usize,
}

#[derive(Debug, Serialize)]
struct Checker {
    name: &'static str,
    version: &'static str,
    checked_characters: usize,
}

/// One remark about a stretch of the text, counted in Unicode code points.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) quote: String,
    pub(crate) kind: String,
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) suggestions: Vec<String>,
}

/// A language tag, and a checker for it.
type Checkers = Vec<(&'static str, LintGroup)>;

/// The checkers that nobody uses at present. Making one takes longer than checking a page, so they are kept.
static IDLE: Mutex<Checkers> = Mutex::new(Vec::new());

/// Makes a checker in advance, and what all checkers share: seconds of work that the first review need not wait for.
pub(crate) fn warm_up() {
    check("It recieves light.", None);
}

/// Checks a text in a language (BCP 47; American English where none is given). Computes for as long as it takes: call it on
/// a thread that may block.
pub(crate) fn check(text: &str, language: Option<&str>) -> Findings {
    check_within(BUDGET, text, language)
}

fn check_within(budget: Duration, text: &str, language: Option<&str>) -> Findings {
    let characters: Vec<char> = text.chars().collect();
    let facts = TextFacts {
        role: "text",
        characters: characters.len(),
        words: text.split_whitespace().count(),
    };
    let Some((tag, dialect)) = dialect(language.unwrap_or("en")) else {
        let language = language.unwrap_or_default().to_owned();
        return Findings {
            format: "findings/1",
            language,
            text: facts,
            checker: None,
            list: Vec::new(),
        };
    };
    // Taken out rather than locked: texts are checked side by side, and a checker that panics is gone.
    let mut checker = take(tag).unwrap_or_else(|| LintGroup::new_curated(FstDictionary::curated(), dialect));
    let begin = Instant::now();
    let mut position = 0;
    let mut reviewed = 0;
    let mut findings = Vec::new();
    while position < characters.len() && begin.elapsed() < budget {
        let end = portion_end(&characters, position);
        let portion: String = characters[position..end].iter().collect();
        let document = Document::new_curated(&portion, &PlainEnglish);
        let is_short = facts.words < TOO_SHORT_TO_TELL;
        if is_short || is_doc_likely_english(&document, &*FstDictionary::curated()) {
            findings.extend(findings_in(&mut checker, &document, position));
            reviewed += end - position;
        }
        position = end;
    }
    IDLE.lock().unwrap_or_else(PoisonError::into_inner).push((tag, checker));
    let checker = Checker {
        name: "harper",
        version: harper_core::core_version(),
        checked_characters: reviewed,
    };
    Findings {
        format: "findings/1",
        language: tag.to_owned(),
        text: facts,
        checker: Some(checker),
        list: findings,
    }
}

fn take(tag: &str) -> Option<LintGroup> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let index = idle.iter().position(|(idle, _)| *idle == tag)?;
    Some(idle.swap_remove(index).1)
}

/// Where a portion ends that begins at `start`: behind an empty line if there is one in time, else behind a sentence, else
/// where it has become too long.
fn portion_end(characters: &[char], start: usize) -> usize {
    let rest = &characters[start..];
    if rest.len() <= 2 * PORTION {
        return characters.len();
    }
    let window = &rest[PORTION..LONGEST_PORTION.min(rest.len())];
    let behind_empty_line = window.windows(2).position(|pair| pair == ['\n', '\n']);
    let behind_sentence = || {
        window
            .windows(2)
            .rposition(|pair| matches!(pair[0], '.' | '!' | '?') && pair[1].is_whitespace())
    };
    let length = behind_empty_line
        .or_else(behind_sentence)
        .map_or(window.len(), |position| position + 2);
    start + PORTION + length
}

/// The English that a language tag means, with the tag in full.
fn dialect(language: &str) -> Option<(&'static str, Dialect)> {
    let language = language.to_ascii_lowercase();
    let mut subtags = language.split('-');
    if subtags.next() != Some("en") {
        return None;
    }
    Some(match subtags.next_back() {
        Some("gb") => ("en-GB", Dialect::British),
        Some("ca") => ("en-CA", Dialect::Canadian),
        Some("au") => ("en-AU", Dialect::Australian),
        Some("in") => ("en-IN", Dialect::Indian),
        _ => ("en-US", Dialect::American),
    })
}

/// The findings in a document that begins at a position of the text.
fn findings_in(checker: &mut LintGroup, document: &Document, position: usize) -> Vec<Finding> {
    let characters = document.get_source();
    let mut lints: Vec<(String, Lint)> = checker
        .organized_lints(document)
        .into_iter()
        .flat_map(|(rule, lints)| lints.into_iter().map(move |lint| (rule.clone(), lint)))
        .filter(|(_, lint)| lint.span.start < lint.span.end && lint.span.end <= characters.len())
        .collect();
    // Where remarks overlap, the one that begins first is kept; of those, the longest; of those, the most important.
    lints.sort_by_key(|(_, lint)| (lint.span.start, std::cmp::Reverse(lint.span.end), lint.priority));
    let mut covered = 0;
    lints.retain(|(_, lint)| {
        let free = lint.span.start >= covered;
        if free {
            covered = lint.span.end;
        }
        free
    });
    lints
        .into_iter()
        .map(|(rule, lint)| finding(rule, lint, characters, position))
        .collect()
}

fn finding(rule: String, lint: Lint, characters: &[char], position: usize) -> Finding {
    let (start, mut end) = (lint.span.start, lint.span.end);
    if lint.suggestions.is_empty() {
        // Remarks about whole sentences include the white space behind them.
        while end > start + 1 && characters[end - 1].is_whitespace() {
            end -= 1;
        }
    }
    let quote: String = characters[start..end].iter().collect();
    let suggestions = lint
        .suggestions
        .iter()
        .take(SUGGESTIONS)
        .map(|suggestion| match suggestion {
            Suggestion::ReplaceWith(replacement) => replacement.iter().collect(),
            Suggestion::InsertAfter(insertion) => quote.chars().chain(insertion.iter().copied()).collect(),
            Suggestion::Remove => String::new(),
        })
        .collect();
    Finding {
        start: position + start,
        end: position + end,
        quote,
        kind: kebab_case(&lint.lint_kind.to_string_key()),
        rule,
        message: lint.message,
        suggestions,
    }
}

/// `WordChoice` → `word-choice`.
fn kebab_case(name: &str) -> String {
    let mut result = String::with_capacity(name.len() + 2);
    for (index, character) in name.char_indices() {
        if character.is_ascii_uppercase() && index > 0 {
            result.push('-');
        }
        result.push(character.to_ascii_lowercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_positions(text: &str, findings: &[Finding]) {
        let characters: Vec<char> = text.chars().collect();
        let mut end = 0;
        for finding in findings {
            assert!(finding.start >= end && finding.start < finding.end, "{finding:?}");
            assert_eq!(
                finding.quote,
                characters[finding.start..finding.end].iter().collect::<String>()
            );
            end = finding.end;
        }
    }

    #[test]
    fn positions_count_code_points_and_findings_do_not_overlap() {
        let text = "“Ünïcode” 🌱 comes first.\n\nA plant recieves light and water, and an tree grows.\n";
        let findings = check(text, None);
        assert_eq!(findings.language, "en-US");
        assert_positions(text, &findings.list);
        let spelling = findings.list.iter().find(|finding| finding.quote == "recieves");
        assert!(spelling.is_some_and(|f| f.kind == "spelling" && f.suggestions.iter().any(|s| s == "receives")));
        assert!(findings.list.iter().any(|finding| finding.quote == "an"));
    }

    #[test]
    fn long_texts_are_checked_portion_by_portion_and_other_languages_passed_over() {
        let english = "The plant recieves light. It stores the energy for the night, and grows.\n\n".repeat(60);
        let french = "La plante reçoit la lumière du soleil et garde l'énergie pour la nuit.\n\n".repeat(60);
        let text = format!("{english}{french}{english}");
        let findings = check_within(Duration::MAX, &text, Some("en-US"));
        assert_positions(&text, &findings.list);
        let found = findings
            .list
            .iter()
            .filter(|finding| finding.quote == "recieves")
            .count();
        // The portions at the two borders hold both languages, and may fall to either.
        assert!((60..=120).contains(&found), "{found}");
        let checked = findings.checker.map_or(0, |checker| checker.checked_characters);
        assert!(
            checked > english.chars().count() && checked < text.chars().count(),
            "{checked}"
        );
    }

    #[test]
    fn no_portion_is_begun_when_the_time_is_up() {
        let findings = check_within(Duration::ZERO, "It recieves light.\n", None);
        assert_eq!(findings.list, []);
        assert_eq!(findings.checker.map(|checker| checker.checked_characters), Some(0));
        assert_eq!(findings.text.characters, 19);
    }

    #[test]
    fn portions_end_where_a_paragraph_or_a_sentence_does() {
        let ends = |text: &str| {
            let characters: Vec<char> = text.chars().collect();
            let mut ends = vec![0];
            while ends.last().is_some_and(|end| *end < characters.len()) {
                ends.push(portion_end(&characters, ends.last().copied().unwrap_or_default()));
            }
            ends
        };
        assert_eq!(ends(&"x".repeat(6_000)), [0, 6_000]);
        assert_eq!(ends(&"x".repeat(13_000)), [0, 6_000, 12_000, 13_000]);
        let sentences = "Grow. ".repeat(2_000);
        assert_eq!(ends(&sentences), [0, 6_000, 12_000]);
        let paragraphs = format!("{}\n\n{}", "Grow. ".repeat(600), "Grow. ".repeat(1_000));
        assert_eq!(ends(&paragraphs), [0, 3_602, 9_602]);
    }

    #[test]
    fn a_language_other_than_english_is_left_alone() {
        let findings = check("Die Pflanze wächst.\n", Some("de-DE"));
        assert!(findings.checker.is_none() && findings.list.is_empty());
        assert_eq!((findings.text.characters, findings.text.words), (20, 3));
    }

    #[test]
    fn english_has_dialects() {
        for (asked, tag) in [
            ("en", "en-US"),
            ("EN-gb", "en-GB"),
            ("en-Latn-AU", "en-AU"),
            ("en-ZA", "en-US"),
        ] {
            assert_eq!(dialect(asked).map(|(tag, _)| tag), Some(tag));
        }
        assert!(dialect("eng").is_none() && dialect("").is_none());
    }
}

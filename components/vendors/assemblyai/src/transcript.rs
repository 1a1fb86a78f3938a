//! What was said, by whom, and when.

use serde::Deserialize;

use crate::captions::{self, CAPTIONS};
use crate::files::TRANSCRIPT;
use crate::wit::{
    Annotation, AnnotationBody, DerivedFile, Media, MediaTarget, Motivation, Normalized, ReturnedFile, Target,
};

/// The service is more likely to be wrong than right about a word below this confidence: evaluators should ask.
const DOUBTFUL: f64 = 0.5;

#[derive(Deserialize)]
struct Transcript {
    status: String,
    error: Option<String>,
    language_code: Option<String>,
    /// In seconds.
    audio_duration: Option<f64>,
    words: Option<Vec<Word>>,
    /// There are some where speakers were told apart.
    utterances: Option<Vec<Utterance>>,
}

/// A word and when it was said, in milliseconds.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    confidence: f64,
    pub(crate) speaker: Option<String>,
}

/// What somebody said without being interrupted.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Utterance {
    pub(crate) text: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) speaker: Option<String>,
    #[serde(default)]
    pub(crate) words: Vec<Word>,
}

pub(crate) fn normalize(files: &[ReturnedFile]) -> Result<Normalized, String> {
    let file = files
        .iter()
        .find(|file| file.role == TRANSCRIPT)
        .ok_or_else(|| format!("the file {TRANSCRIPT} is missing"))?;
    let transcript: Transcript = serde_json::from_slice(&file.content)
        .map_err(|error| format!("the file {TRANSCRIPT} is not the documented JSON: {error}"))?;
    if transcript.status != "completed" {
        return Err(transcript
            .error
            .unwrap_or_else(|| format!("the transcript's status is {:?}", transcript.status)));
    }
    let words = transcript.words.unwrap_or_default();
    let utterances = match transcript.utterances {
        Some(utterances) if !utterances.is_empty() => utterances,
        _ => captions::sentences(&words),
    };
    let duration_ms = duration_ms(transcript.audio_duration, &utterances)?;

    let mut annotations: Vec<_> = utterances.iter().filter_map(spoken).collect();
    annotations.extend(words.iter().filter_map(doubtful));
    Ok(Normalized {
        language: transcript.language_code.as_deref().and_then(language_tag),
        text: None,
        media: Some(Media {
            duration_ms,
            video: None,
            audio: None,
        }),
        annotations: annotations
            .into_iter()
            .filter(|annotation| lies_within(annotation, duration_ms))
            .collect(),
        files: vec![DerivedFile {
            role: CAPTIONS.into(),
            media_type: "text/vtt".into(),
            content: captions::write(&utterances).into_bytes(),
        }],
    })
}

/// The duration is in whole seconds, rounded, so the last words may lie beyond it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked first"
)]
fn duration_ms(audio_duration: Option<f64>, utterances: &[Utterance]) -> Result<u64, String> {
    const LONGEST: f64 = 30.0 * 24.0 * 3600.0;
    let declared = audio_duration.unwrap_or_default();
    if !(0.0..=LONGEST).contains(&declared) {
        return Err(format!("the transcript's audio_duration is {declared}"));
    }
    let spoken = utterances
        .iter()
        .map(|utterance| utterance.end)
        .max()
        .unwrap_or_default();
    if spoken as f64 > LONGEST * 1000.0 {
        return Err(format!("the transcript ends after {spoken} ms"));
    }
    Ok(spoken.max((declared * 1000.0).round() as u64))
}

fn spoken(utterance: &Utterance) -> Option<Annotation> {
    let body = |purpose, value: String| AnnotationBody { purpose, value };
    let text = utterance.text.trim();
    let mut bodies = vec![body(Motivation::Describing, text.to_owned())];
    if let Some(speaker) = utterance.speaker.as_deref().filter(|speaker| !speaker.is_empty()) {
        bodies.push(body(Motivation::Tagging, format!("speaker {speaker}")));
    }
    (!text.is_empty() && utterance.start < utterance.end).then(|| Annotation {
        motivation: Motivation::Describing,
        bodies,
        target: target(utterance.start, utterance.end),
    })
}

fn doubtful(word: &Word) -> Option<Annotation> {
    (word.confidence < DOUBTFUL && !word.text.trim().is_empty() && word.start < word.end).then(|| Annotation {
        motivation: Motivation::Questioning,
        bodies: vec![AnnotationBody {
            purpose: Motivation::Questioning,
            value: format!(
                "Heard as “{}”, with a confidence of {:.2}.",
                word.text.trim(),
                word.confidence
            ),
        }],
        target: target(word.start, word.end),
    })
}

fn target(start_ms: u64, end_ms: u64) -> Target {
    Target::Media(MediaTarget { start_ms, end_ms })
}

/// A word may be timed beyond the end, where there is nothing to hear.
fn lies_within(annotation: &Annotation, duration_ms: u64) -> bool {
    matches!(&annotation.target, Target::Media(target) if target.end_ms <= duration_ms)
}

/// The service writes `en_us` for what BCP 47 writes `en-US`.
fn language_tag(code: &str) -> Option<String> {
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let (language, region) = match code.split_once('_') {
        Some((language, region)) => (language, Some(region)),
        None => (code, None),
    };
    if !(2..=3).contains(&language.len()) || !letters(language) {
        return None;
    }
    let language = language.to_ascii_lowercase();
    match region {
        Some(region) if region.len() == 2 && letters(region) => {
            Some(format!("{language}-{}", region.to_ascii_uppercase()))
        }
        _ => Some(language),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn normalized(transcript: &str) -> Result<Normalized, String> {
        normalize(&[ReturnedFile {
            role: TRANSCRIPT.into(),
            media_type: "application/json".into(),
            size: transcript.len() as u64,
            sha256: String::new(),
            content: transcript.into(),
        }])
    }

    #[test]
    fn without_speakers_words_become_sentences() {
        let normalized = normalized(
            r#"{"status":"completed","language_code":"en_us","audio_duration":2,"utterances":null,"words":[
            {"text":"Good","start":100,"end":300,"confidence":0.99,"speaker":null},
            {"text":"morning.","start":310,"end":700,"confidence":0.97,"speaker":null},
            {"text":"Plants","start":900,"end":1300,"confidence":0.41,"speaker":null},
            {"text":"grow.","start":1310,"end":2100,"confidence":0.9,"speaker":null}]}"#,
        )
        .unwrap();
        let said: Vec<_> = normalized
            .annotations
            .iter()
            .map(|annotation| annotation.bodies[0].value.as_str())
            .collect();
        assert_eq!(
            said,
            [
                "Good morning.",
                "Plants grow.",
                "Heard as “Plants”, with a confidence of 0.41."
            ]
        );
        assert_eq!(normalized.language.as_deref(), Some("en-US"));
        assert_eq!(normalized.media.unwrap().duration_ms, 2100);
    }

    #[test]
    fn silence_is_a_transcript_too() {
        let normalized = normalized(r#"{"status":"completed","audio_duration":8,"words":[],"utterances":[]}"#).unwrap();
        assert_eq!(normalized.files[0].content, b"WEBVTT\n");
        assert!(normalized.annotations.is_empty());
    }

    #[test]
    fn what_is_no_transcript_is_an_error() {
        assert_eq!(
            normalized(r#"{"status":"error","error":"Download error: no audio"}"#).unwrap_err(),
            "Download error: no audio"
        );
        for transcript in [
            "",
            "{}",
            r#"{"status":"completed","audio_duration":-1}"#,
            r#"{"status":"completed","audio_duration":1e300}"#,
            r#"{"status":"completed","utterances":[{"text":"x","start":1,"end":18446744073709551615,"speaker":"A"}]}"#,
        ] {
            assert!(normalized(transcript).is_err(), "{transcript}");
        }
    }

    #[test]
    fn language_codes_become_tags_or_nothing() {
        for (code, tag) in [
            ("en", Some("en")),
            ("en_us", Some("en-US")),
            ("pt_br", Some("pt-BR")),
            ("zh_hans", Some("zh")),
            ("", None),
            ("e", None),
            ("english", None),
        ] {
            assert_eq!(language_tag(code).as_deref(), tag, "{code}");
        }
    }
}

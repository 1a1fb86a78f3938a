//! What was said as captions (WebVTT), and words put together to sentences.

use std::fmt::Write as _;

use crate::transcript::{Utterance, Word};

/// The role of the file that is made here.
pub(crate) const CAPTIONS: &str = "captions";

/// As much as a person reads at a glance: two lines of 42 characters, the custom of broadcasters.
const LONGEST_CUE: usize = 84;

/// And no longer than this, in milliseconds.
const LONGEST_TIME: u64 = 7_000;

/// After a silence of this length somebody begins anew, in milliseconds.
const PAUSE: u64 = 1_500;

/// Sentences, where the service did not tell speakers apart.
pub(crate) fn sentences(words: &[Word]) -> Vec<Utterance> {
    let ends = |before: &Word, after: &Word| {
        before.text.ends_with(['.', '?', '!', '。', '？', '！'])
            || after.start.saturating_sub(before.end) >= PAUSE
            || before.speaker != after.speaker
    };
    words
        .chunk_by(|before, after| !ends(before, after))
        .map(utterance)
        .collect()
}

/// Words one after the other.
fn utterance(words: &[Word]) -> Utterance {
    let texts: Vec<_> = words.iter().map(|word| word.text.trim()).collect();
    Utterance {
        text: texts.join(" "),
        start: words.first().map(|word| word.start).unwrap_or_default(),
        end: words.iter().map(|word| word.end).max().unwrap_or_default(),
        speaker: words.first().and_then(|word| word.speaker.clone()),
        words: words.to_vec(),
    }
}

/// The captions, in order of time.
pub(crate) fn write(utterances: &[Utterance]) -> String {
    let mut cues: Vec<_> = utterances.iter().flat_map(cues).collect();
    cues.retain(|cue| cue.start < cue.end && !cue.text.trim().is_empty());
    cues.sort_by_key(|cue| (cue.start, cue.end));
    let mut file = String::from("WEBVTT\n");
    for cue in cues {
        let voice = cue.speaker.as_deref().map(payload).filter(|voice| !voice.is_empty());
        let voice = voice.map_or_else(String::new, |voice| format!("<v {voice}>"));
        // Writing to a string cannot fail.
        let _ = write!(
            file,
            "\n{} --> {}\n{voice}{}\n",
            timestamp(cue.start),
            timestamp(cue.end),
            payload(&cue.text)
        );
    }
    file
}

/// One cue, or as many as the length of what was said needs. Without the times of the words it cannot be divided.
fn cues(utterance: &Utterance) -> Vec<Utterance> {
    let spoken = utterance.words.iter().map(|word| word.text.trim());
    let is_timed = !utterance.words.is_empty() && spoken.eq(utterance.text.split_whitespace());
    if !is_timed {
        return vec![utterance.clone()];
    }
    let mut cues: Vec<Vec<Word>> = Vec::new();
    for word in &utterance.words {
        match cues.last_mut() {
            Some(cue) if fits(cue, word) => cue.push(word.clone()),
            _ => cues.push(vec![word.clone()]),
        }
    }
    let speaker = &utterance.speaker;
    let cue = |words: &Vec<Word>| Utterance {
        speaker: speaker.clone(),
        ..self::utterance(words)
    };
    cues.iter().map(cue).collect()
}

fn fits(cue: &[Word], word: &Word) -> bool {
    let length: usize = cue.iter().map(|word| word.text.chars().count() + 1).sum();
    let start = cue.first().map_or(word.start, |first| first.start);
    length + word.text.chars().count() <= LONGEST_CUE && word.end.saturating_sub(start) <= LONGEST_TIME
}

/// `hh:mm:ss.ttt`, with more digits for the hours where they need them.
fn timestamp(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{seconds:02}.{milliseconds:03}", minutes / 60, minutes % 60)
}

/// Text as a cue or its voice tag may hold it: no markup, and no empty line, which would end the cue.
fn payload(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words
        .join(" ")
        .replace('\0', "\u{fffd}")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_speakers_cannot_break_out_of_their_cue() {
        let said = |text: &str, start, end, speaker: Option<&str>| Utterance {
            text: text.into(),
            start,
            end,
            speaker: speaker.map(Into::into),
            words: Vec::new(),
        };
        let written = write(&[
            said("second", 2_000, 3_723_004, None),
            said("a < b & c\n\n00:00 --> 00:01\nd", 0, 1_500, Some("A\n>")),
            said("", 3, 4, None),
            said("never", 9, 9, None),
        ]);
        assert_eq!(
            written,
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n<v A &gt;>a &lt; b &amp; c 00:00 --&gt; 00:01 d\n\n\
             00:00:02.000 --> 01:02:03.004\nsecond\n"
        );
    }
}

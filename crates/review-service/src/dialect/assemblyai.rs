//! The public interface of AssemblyAI (<https://www.assemblyai.com/docs/api-reference/transcripts>).
//!
//! This service hears nothing. What it gives as a transcript is the timed text that it finds in the recording; a recording
//! without any is transcribed as silence.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::film::Film;
use crate::problem::Problem;
use crate::request::{Kind, Request};
use crate::reviews::{Review, Status};

/// The role of the one file that there is.
pub(crate) const TRANSCRIPT: &str = "transcript";

/// The only speaker that there is: timed text does not say who speaks.
const SPEAKER: &str = "A";

/// What shows a client that a webhook is the service's: a header field that the client chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Webhook {
    name: Option<String>,
    value: Option<String>,
}

/// The body of `POST /v2/transcript`, as far as the service can do what it says.
#[derive(Deserialize)]
struct Submission {
    audio_url: Url,
    webhook_url: Url,
    webhook_auth_header_name: Option<String>,
    webhook_auth_header_value: Option<String>,
}

/// Reads and checks a body.
pub(crate) fn request(body: &[u8], key: &str) -> Result<(Request, Webhook), Problem> {
    let submission: Submission = crate::http::json::parse(body)?;
    let name = submission
        .audio_url
        .path_segments()
        .and_then(|mut segments| segments.next_back())
        .filter(|name| !name.is_empty())
        .unwrap_or("recording");
    let request = Request {
        reference: key.to_owned(),
        kind: Kind::ClassroomVideo,
        media_type: "video/mp4".into(),
        name: name.chars().take(255).collect(),
        size: None,
        title: "A recording".into(),
        language: None,
        behaviour: Vec::new(),
        document_url: submission.audio_url,
        callback_url: submission.webhook_url,
    };
    request.check()?;
    let webhook = Webhook {
        name: submission.webhook_auth_header_name,
        value: submission.webhook_auth_header_value,
    };
    if webhook.name.is_some() && webhook.headers(false).is_empty() {
        return Err(Problem::invalid(
            "`webhook_auth_header_name` and `webhook_auth_header_value` must be a header field.",
        ));
    }
    Ok((request, webhook))
}

impl Webhook {
    /// The header field that was asked for; with a value that is wrong where the service was told to be.
    pub(crate) fn headers(&self, wrong: bool) -> HeaderMap {
        let field = || {
            let value = if wrong {
                "a secret that no client told"
            } else {
                self.value.as_deref()?
            };
            let name: HeaderName = self.name.as_deref()?.parse().ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        };
        field().into_iter().collect()
    }
}

/// Ids are UUIDs here.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The body of the webhook, which says no more.
pub(crate) fn report(review: &Review) -> Value {
    let status = if review.status == Status::Completed {
        "completed"
    } else {
        "error"
    };
    json!({ "transcript_id": review.id, "status": status })
}

/// A transcript that is not there, or not yet.
pub(crate) fn unfinished(review: &Review) -> Value {
    let status = match review.status {
        Status::Queued => "queued",
        Status::Reviewing => "processing",
        Status::Completed => "completed",
        Status::Failed => "error",
    };
    let mut transcript = outline(&review.id, review.request.document_url.as_str(), status);
    transcript["error"] = review.error.as_ref().map(|failure| failure.message.clone()).into();
    transcript
}

/// The transcript of a recording.
pub(crate) fn transcript(id: &str, request: &Request, film: &Film) -> Value {
    let utterances: Vec<_> = film
        .spoken
        .iter()
        .map(|cue| {
            let words = words(cue.start, cue.end, &cue.text);
            let text: Vec<_> = cue.text.split_whitespace().collect();
            json!({
                "confidence": 1.0, "start": cue.start, "end": cue.end, "speaker": SPEAKER,
                "text": text.join(" "), "words": words,
            })
        })
        .collect();
    let words: Vec<_> = utterances
        .iter()
        .flat_map(|utterance| utterance["words"].as_array().cloned().unwrap_or_default())
        .collect();
    let text: Vec<_> = utterances
        .iter()
        .filter_map(|utterance| utterance["text"].as_str())
        .collect();
    let mut transcript = outline(id, request.document_url.as_str(), "completed");
    transcript["text"] = text.join(" ").into();
    transcript["audio_duration"] = film.media.duration_seconds().round().into();
    transcript["language_code"] = film.language_code().into();
    transcript["confidence"] = 1.0.into();
    transcript["words"] = words.into();
    transcript["utterances"] = utterances.into();
    transcript
}

/// What every transcript has, however far it is.
fn outline(id: &str, audio_url: &str, status: &str) -> Value {
    json!({
        "id": id, "status": status, "audio_url": audio_url, "speaker_labels": true, "punctuate": true,
        "format_text": true, "language_code": null, "audio_duration": null, "confidence": null, "text": null,
        "words": null, "utterances": null, "error": null,
    })
}

/// Words of a text that is shown from one time to another, in milliseconds. A longer word is taken to last longer.
fn words(start: u64, end: u64, text: &str) -> Vec<Value> {
    let words: Vec<_> = text.split_whitespace().collect();
    let length = |word: &&str| word.chars().count() as u64 + 1;
    let total: u64 = words.iter().map(length).sum::<u64>().max(1);
    let mut passed = 0;
    let time = |passed: u64| start + (end - start) * passed / total;
    words
        .iter()
        .map(|word| {
            let begin = time(passed);
            passed += length(word);
            json!({ "text": word, "start": begin, "end": time(passed), "confidence": 1.0, "speaker": SPEAKER })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fill_the_time_in_which_they_are_shown() {
        let words = words(1000, 2000, "Plants\ngrow up");
        let times: Vec<_> = words
            .iter()
            .map(|word| (word["start"].as_u64(), word["end"].as_u64()))
            .collect();
        assert_eq!(
            times,
            [
                (Some(1000), Some(1466)),
                (Some(1466), Some(1800)),
                (Some(1800), Some(2000))
            ]
        );
    }
}

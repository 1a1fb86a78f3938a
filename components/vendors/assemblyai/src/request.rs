//! Asking for a transcript, and what the answer means.

use serde::{Deserialize, Serialize};

use crate::callback::SECRET_HEADER;
use crate::wit::{
    DocumentKind, Header, Outcome, Placement, Postponement, Request, Response, Review, Secret, SecretHeader,
    SecretPlace,
};

#[derive(Serialize)]
struct Body<'a> {
    audio_url: &'a str,
    webhook_url: String,
    webhook_auth_header_name: &'a str,
    speaker_labels: bool,
    language_detection: bool,
}

#[derive(Deserialize)]
struct Answer {
    id: Option<String>,
    error: Option<String>,
}

/// Where the service wants its key: in `authorization`, with nothing before it.
pub(crate) fn token() -> SecretHeader {
    SecretHeader {
        name: "authorization".into(),
        prefix: String::new(),
    }
}

pub(crate) fn request(review: &Review) -> Result<Request, String> {
    if review.document.kind != DocumentKind::ClassroomVideo {
        return Err("The transcription service takes recordings, not texts.".into());
    }
    let body = Body {
        audio_url: &review.document_url,
        // The webhook says nothing of the document; what stands in its address comes back with it.
        webhook_url: format!("{}?document={}", review.callback_url, review.document.id),
        webhook_auth_header_name: SECRET_HEADER,
        speaker_labels: true,
        language_detection: true,
    };
    let header = |name: &str, value: &str| Header {
        name: name.into(),
        value: value.into(),
    };
    Ok(Request {
        method: "POST".into(),
        path: "/v2/transcript".into(),
        headers: vec![
            header("content-type", "application/json"),
            // The service documents no idempotency and may transcribe twice; the first transcript to be reported counts.
            header("idempotency-key", &review.idempotency_key),
        ],
        body: serde_json::to_vec(&body).map_err(|error| error.to_string())?,
        secrets: vec![
            Placement {
                secret: Secret::Token,
                place: SecretPlace::Header(token()),
            },
            Placement {
                secret: Secret::CallbackSecret,
                place: SecretPlace::JsonMember("webhook_auth_header_value".into()),
            },
        ],
    })
}

pub(crate) fn outcome(response: &Response) -> Outcome {
    let answer: Option<Answer> = serde_json::from_slice(&response.body).ok();
    let (id, error) = answer.map_or((None, None), |answer| (answer.id, answer.error));
    let said = error.unwrap_or_else(|| format!("it answered with the status {}", response.status));
    let later = |reason| {
        Outcome::TryAgain(Postponement {
            reason,
            after_seconds: None,
        })
    };
    match (response.status, id) {
        (200..=299, Some(id)) if !id.is_empty() => Outcome::Accepted(id),
        (200..=299, _) => later(format!("it answered {} without a transcript's id", response.status)),
        (401 | 403 | 408 | 425 | 429, _) => later(said),
        (400..=499, _) => Outcome::Refused(said),
        _ => later(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_means_something() {
        let meaning = |status, body: &str| {
            outcome(&Response {
                status,
                headers: Vec::new(),
                body: body.into(),
            })
        };
        assert_eq!(
            meaning(
                200,
                r#"{"id":"5551722-f677-48a6-9287-39c0aafd9ac1","status":"queued","error":null}"#
            ),
            Outcome::Accepted("5551722-f677-48a6-9287-39c0aafd9ac1".into())
        );
        assert_eq!(
            meaning(400, r#"{"error":"Invalid endpoint schema"}"#),
            Outcome::Refused("Invalid endpoint schema".into())
        );
        for (status, body) in [
            (200, "{}"),
            (200, "[]"),
            (301, ""),
            (401, r#"{"error":"Authentication error"}"#),
            (429, ""),
            (503, ""),
        ] {
            assert!(matches!(meaning(status, body), Outcome::TryAgain(_)), "{status} {body}");
        }
    }
}

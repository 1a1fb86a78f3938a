//! Asking for a check, and what the answer means.

use serde::{Deserialize, Serialize};

use crate::wit::{
    DocumentKind, Header, Outcome, Placement, Postponement, Request, Response, Review, Secret, SecretHeader,
    SecretPlace,
};

/// The members that LanguageTool has no name for are those that a document by link needs.
#[derive(Serialize)]
struct Body<'a> {
    language: &'a str,
    document_url: &'a str,
    callback_url: &'a str,
    reference: &'a str,
    media_type: &'a str,
    name: &'a str,
    size: u64,
    title: &'a str,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

pub(crate) fn request(review: &Review) -> Result<Request, String> {
    let document = &review.document;
    if document.kind != DocumentKind::LessonPlan {
        return Err("The proofreading service checks lesson plans, not recordings.".into());
    }
    let body = Body {
        language: "auto",
        document_url: &review.document_url,
        callback_url: &review.callback_url,
        reference: &document.id,
        media_type: &document.media_type,
        name: &document.name,
        size: document.size,
        title: &document.title,
    };
    let header = |name: &str, value: &str| Header {
        name: name.into(),
        value: value.into(),
    };
    Ok(Request {
        method: "POST".into(),
        path: "/v2/check".into(),
        headers: vec![
            header("content-type", "application/json"),
            header("idempotency-key", &review.idempotency_key),
        ],
        body: serde_json::to_vec(&body).map_err(|error| error.to_string())?,
        secrets: vec![Placement {
            secret: Secret::Token,
            place: SecretPlace::Header(SecretHeader {
                name: "authorization".into(),
                prefix: "Bearer ".into(),
            }),
        }],
    })
}

pub(crate) fn outcome(response: &Response) -> Outcome {
    let said = || match String::from_utf8_lossy(&response.body).trim() {
        "" => format!("it answered with the status {}", response.status),
        // LanguageTool explains errors in a line of plain text (`Error: Missing 'text' or 'data' parameter`).
        text => text.chars().take(300).collect(),
    };
    match response.status {
        200..=299 => match serde_json::from_slice::<Accepted>(&response.body) {
            Ok(accepted) if !accepted.id.is_empty() => Outcome::Accepted(accepted.id),
            _ => later(format!("it answered {} without an id", response.status)),
        },
        // Too long a text; credentials and limits are another matter, and so is a server in trouble.
        400 | 404..=407 | 409..=424 | 426..=428 | 430..=499 => Outcome::Refused(said()),
        _ => later(said()),
    }
}

fn later(reason: String) -> Outcome {
    Outcome::TryAgain(Postponement {
        reason,
        after_seconds: None,
    })
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
        assert_eq!(meaning(202, r#"{"id":"chk_1"}"#), Outcome::Accepted("chk_1".into()));
        assert_eq!(
            meaning(413, "Error: Your text exceeds the limit of 20000 characters"),
            Outcome::Refused("Error: Your text exceeds the limit of 20000 characters".into())
        );
        for (status, body) in [
            (200, "{}"),
            (200, ""),
            (302, ""),
            (401, ""),
            (403, ""),
            (408, ""),
            (429, ""),
            (500, ""),
        ] {
            assert!(matches!(meaning(status, body), Outcome::TryAgain(_)), "{status} {body}");
        }
    }
}

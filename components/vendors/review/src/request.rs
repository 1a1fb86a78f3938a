//! Asking for a review, and what the answer means.

use serde::{Deserialize, Serialize};

use crate::wit::{
    DocumentKind, Header, Outcome, Placement, Postponement, Request, Response, Review, Secret, SecretHeader,
    SecretPlace,
};

#[derive(Serialize)]
struct Body<'a> {
    document_url: &'a str,
    callback_url: &'a str,
    reference: &'a str,
    kind: &'a str,
    media_type: &'a str,
    name: &'a str,
    size: u64,
    title: &'a str,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

#[derive(Deserialize)]
struct Problem {
    detail: Option<String>,
    title: Option<String>,
}

pub(crate) fn request(review: &Review) -> Result<Request, String> {
    let document = &review.document;
    let body = Body {
        document_url: &review.document_url,
        callback_url: &review.callback_url,
        reference: &document.id,
        kind: match document.kind {
            DocumentKind::LessonPlan => "lesson-plan",
            DocumentKind::ClassroomVideo => "classroom-video",
        },
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
        path: "/v1/reviews".into(),
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
    match response.status {
        200..=299 => match serde_json::from_slice::<Accepted>(&response.body) {
            Ok(accepted) if !accepted.id.is_empty() => Outcome::Accepted(accepted.id),
            _ => later(format!("it answered {} without a review's id", response.status)),
        },
        // Credentials are an operator's business: once they are right, the same request succeeds.
        401 | 403 | 408 | 425 | 429 => later(said(response)),
        400..=499 => Outcome::Refused(said(response)),
        // A redirect to elsewhere is not followed, and a 5xx passes.
        _ => later(said(response)),
    }
}

/// The service says when in a `retry-after` header, if at all.
fn later(reason: String) -> Outcome {
    Outcome::TryAgain(Postponement {
        reason,
        after_seconds: None,
    })
}

/// The vendor's own words, where it has any.
fn said(response: &Response) -> String {
    serde_json::from_slice::<Problem>(&response.body)
        .ok()
        .and_then(|problem| problem.detail.or(problem.title))
        .unwrap_or_else(|| format!("it answered with the status {}", response.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, body: &str) -> Outcome {
        outcome(&Response {
            status,
            headers: Vec::new(),
            body: body.into(),
        })
    }

    #[test]
    fn every_answer_means_something() {
        assert_eq!(
            meaning(202, r#"{"id":"rev_1","status":"queued"}"#),
            Outcome::Accepted("rev_1".into())
        );
        for body in ["", "<html>", "{}", r#"{"id":7}"#, r#"{"id":""}"#] {
            assert!(matches!(meaning(200, body), Outcome::TryAgain(_)), "{body}");
        }
        for status in [100, 301, 302, 401, 403, 408, 429, 500, 503, 599] {
            assert!(matches!(meaning(status, ""), Outcome::TryAgain(_)), "{status}");
        }
        assert_eq!(
            meaning(
                422,
                r#"{"code":"unsupported-media-type","detail":"This service does not review image/png."}"#
            ),
            Outcome::Refused("This service does not review image/png.".into())
        );
    }
}

//! What the service's callback says.

use serde::Deserialize;

use crate::wit::{Callback, OfferedFile, Verdict};

#[derive(Deserialize)]
struct Event {
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    id: String,
    reference: String,
    completed_at: String,
    error: Option<Failure>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

#[derive(Deserialize)]
struct File {
    role: String,
    url: String,
    media_type: String,
    size: u64,
    sha256: String,
}

pub(crate) fn parse(body: &[u8]) -> Result<Callback, String> {
    let event: Event =
        serde_json::from_slice(body).map_err(|error| format!("it is not the documented JSON: {error}"))?;
    let data = event.data;
    let verdict = match (event.r#type.as_str(), data.error) {
        ("review.completed", _) => Verdict::Completed(data.files.into_iter().map(offered).collect()),
        ("review.failed", Some(failure)) => Verdict::Failed(failure.message),
        ("review.failed", None) => Verdict::Failed("The review service could not review the document.".into()),
        (other, _) => {
            return Err(format!(
                "its type is {other:?}, neither \"review.completed\" nor \"review.failed\""
            ));
        }
    };
    Ok(Callback {
        document: data.reference,
        review: data.id,
        completed_at: Some(data.completed_at),
        verdict,
    })
}

fn offered(file: File) -> OfferedFile {
    OfferedFile {
        role: file.role,
        url: file.url,
        media_type: file.media_type,
        size: Some(file.size),
        sha256: Some(file.sha256),
        token: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn a_completed_review_offers_its_files() {
        let body = br#"{"type":"review.completed","timestamp":"2026-11-24T08:00:00.904Z","data":{"id":"rev_1",
            "reference":"d-1","completed_at":"2026-11-24T08:00:00.904Z","files":[{"role":"text","name":"text.txt",
            "url":"http://127.0.0.1:9100/f","media_type":"text/plain","size":3,"sha256":"00"}]}}"#;
        let callback = parse(body).unwrap();
        assert_eq!((callback.document.as_str(), callback.review.as_str()), ("d-1", "rev_1"));
        let Verdict::Completed(files) = callback.verdict else {
            panic!("{:?}", callback.verdict)
        };
        assert_eq!(files[0].role, "text");
    }

    #[test]
    fn a_failed_review_says_why() {
        let body = br#"{"type":"review.failed","timestamp":"t","data":{"id":"rev_1","reference":"d-1",
            "completed_at":"t","error":{"code":"no-text","message":"This PDF holds no text."},"files":[]}}"#;
        assert_eq!(
            parse(body).unwrap().verdict,
            Verdict::Failed("This PDF holds no text.".into())
        );
    }

    #[test]
    fn anything_else_is_no_callback() {
        for body in [
            &b""[..],
            b"null",
            b"{}",
            b"\xff\xfe",
            br#"{"type":"ping","data":{"id":"","reference":"","completed_at":""}}"#,
        ] {
            assert!(parse(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}

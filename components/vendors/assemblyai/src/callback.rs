//! What the webhook says: that there is a transcript, and whether it is one.

use serde::Deserialize;

use crate::files::TRANSCRIPT;
use crate::request;
use crate::wit::{Callback, Delivery, OfferedFile, Verdict};

/// The header field in which the service sends the secret back that it was told (`webhook_auth_header_name`).
pub(crate) const SECRET_HEADER: &str = "x-webhook-secret";

#[derive(Deserialize)]
struct Notice {
    transcript_id: String,
    status: String,
}

pub(crate) fn parse(delivery: &Delivery) -> Result<Callback, String> {
    let notice: Notice =
        serde_json::from_slice(&delivery.body).map_err(|error| format!("it is not the documented JSON: {error}"))?;
    if !is_id(&notice.transcript_id) {
        return Err("its transcript_id is none".into());
    }
    let document = delivery
        .query
        .split('&')
        .find_map(|pair| pair.strip_prefix("document="))
        .ok_or("its address does not say which document it is about")?;
    let verdict = match notice.status.as_str() {
        "completed" => Verdict::Completed(vec![OfferedFile {
            role: TRANSCRIPT.into(),
            url: format!("/v2/transcript/{}", notice.transcript_id),
            media_type: "application/json".into(),
            size: None,
            sha256: None,
            token: Some(request::token()),
        }]),
        // The webhook does not say why.
        "error" => Verdict::Failed("The transcription service could not transcribe the recording.".into()),
        other => return Err(format!("its status is {other:?}, neither \"completed\" nor \"error\"")),
    };
    Ok(Callback {
        document: document.into(),
        review: notice.transcript_id,
        completed_at: None,
        verdict,
    })
}

/// Ids are UUIDs of a kind; this one becomes part of a path.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn parsed(query: &str, body: &str) -> Result<Callback, String> {
        parse(&Delivery {
            query: query.into(),
            body: body.into(),
        })
    }

    #[test]
    fn a_transcript_is_fetched_from_the_service_itself() {
        let callback = parsed(
            "document=d-1",
            r#"{"transcript_id":"5552493-16d8-42d8-8feb-c2a16b56f6e8","status":"completed"}"#,
        )
        .unwrap();
        assert_eq!(callback.document, "d-1");
        let Verdict::Completed(files) = callback.verdict else {
            panic!("{:?}", callback.verdict)
        };
        assert_eq!(files[0].url, "/v2/transcript/5552493-16d8-42d8-8feb-c2a16b56f6e8");
        assert!(files[0].token.is_some());
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        for id in ["", "../files", "a/b", "a?b", "a%2fb", "ä"] {
            let body = format!(r#"{{"transcript_id":"{id}","status":"completed"}}"#);
            assert!(parsed("document=d-1", &body).is_err(), "{id}");
        }
        assert!(parsed("", r#"{"transcript_id":"a","status":"completed"}"#).is_err());
        assert!(parsed("document=d-1", r#"{"transcript_id":"a","status":"queued"}"#).is_err());
    }
}

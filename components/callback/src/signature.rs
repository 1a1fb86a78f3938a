//! Whether a callback comes from whom it says (Standard Webhooks, version 1.0.0).

use api::Problem;
use http::HeaderMap;
use standardwebhooks::{HEADER_WEBHOOK_ID, Webhook, WebhookError};

/// A callback whose signature is right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The event's id: the same for every delivery of it.
    pub(crate) id: String,
}

/// Checks a callback against each of the secrets, which are separated by spaces: while a secret is being replaced, both
/// are good. The timestamp may be five minutes off.
pub(crate) fn check(secrets: &str, headers: &HeaderMap, body: &[u8]) -> Result<Signed, Problem> {
    let mut reason = WebhookError::InvalidSignature;
    for secret in secrets.split_whitespace() {
        let webhook = Webhook::new(secret).map_err(|error| Problem::internal(format!("a webhook secret: {error}")))?;
        match webhook.verify(body, headers) {
            Ok(()) => {
                let id = headers
                    .get(HEADER_WEBHOOK_ID)
                    .and_then(|id| id.to_str().ok())
                    .unwrap_or_default();
                return Ok(Signed { id: id.to_owned() });
            }
            Err(error) => reason = error,
        }
    }
    Err(Problem::signature_invalid().with_cause(reason))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use standardwebhooks::{HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

    const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn signed(secret: &str, body: &[u8], seconds_ago: i64) -> HeaderMap {
        let timestamp = jiff::Timestamp::now().as_second() - seconds_ago;
        let signature = Webhook::new(secret).unwrap().sign("msg_1", timestamp, body).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(HEADER_WEBHOOK_ID, "msg_1".parse().unwrap());
        headers.insert(HEADER_WEBHOOK_TIMESTAMP, timestamp.to_string().parse().unwrap());
        headers.insert(HEADER_WEBHOOK_SIGNATURE, signature.parse().unwrap());
        headers
    }

    #[test]
    fn while_a_secret_is_replaced_both_are_good() {
        let secrets = format!("{NEW} {OLD}");
        for secret in [OLD, NEW] {
            assert_eq!(check(&secrets, &signed(secret, b"{}", 0), b"{}").unwrap().id, "msg_1");
        }
        assert!(check(NEW, &signed(OLD, b"{}", 0), b"{}").is_err());
    }

    #[test]
    fn another_body_an_old_timestamp_and_missing_headers_are_refused() {
        let headers = signed(NEW, b"{}", 0);
        assert!(check(NEW, &headers, b"{} ").is_err());
        assert!(check(NEW, &signed(NEW, b"{}", 301), b"{}").is_err());
        assert!(check(NEW, &signed(NEW, b"{}", -302), b"{}").is_err());
        for name in [HEADER_WEBHOOK_ID, HEADER_WEBHOOK_TIMESTAMP, HEADER_WEBHOOK_SIGNATURE] {
            let mut headers = headers.clone();
            headers.remove(name);
            assert!(check(NEW, &headers, b"{}").is_err(), "{name}");
        }
        assert!(check("", &headers, b"{}").is_err(), "no secret is no permission");
    }
}

//! Standard Webhooks, version 1.0.0 (<https://www.standardwebhooks.com/>), with symmetric keys.

use api::Problem;
use standardwebhooks::{HEADER_WEBHOOK_ID, Webhook, WebhookError};

use super::{Event, Received};

/// Checks a callback against each of the secrets. The timestamp may be five minutes off.
pub(super) fn check(secrets: &str, received: &Received<'_>) -> Result<Event, Problem> {
    let mut reason = WebhookError::InvalidSignature;
    for secret in secrets.split_whitespace() {
        let webhook = Webhook::new(secret).map_err(|error| Problem::internal(format!("a webhook secret: {error}")))?;
        match webhook.verify(received.body, received.headers) {
            Ok(()) => {
                let id = received
                    .header(HEADER_WEBHOOK_ID)
                    .ok_or_else(|| Problem::signature_invalid().with_cause("there are two ids"))?;
                return Ok(Event { id: id.to_owned() });
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
    use http::HeaderMap;
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

    fn checked(secrets: &str, headers: &HeaderMap, body: &[u8]) -> Result<Event, Problem> {
        let received = Received {
            query: "",
            headers,
            body,
        };
        check(secrets, &received)
    }

    #[test]
    fn while_a_secret_is_replaced_both_are_good() {
        let secrets = format!("{NEW} {OLD}");
        for secret in [OLD, NEW] {
            assert_eq!(checked(&secrets, &signed(secret, b"{}", 0), b"{}").unwrap().id, "msg_1");
        }
        assert!(checked(NEW, &signed(OLD, b"{}", 0), b"{}").is_err());
    }

    #[test]
    fn another_body_an_old_timestamp_and_missing_headers_are_refused() {
        let headers = signed(NEW, b"{}", 0);
        assert!(checked(NEW, &headers, b"{} ").is_err());
        assert!(checked(NEW, &signed(NEW, b"{}", 301), b"{}").is_err());
        assert!(checked(NEW, &signed(NEW, b"{}", -302), b"{}").is_err());
        for name in [HEADER_WEBHOOK_ID, HEADER_WEBHOOK_TIMESTAMP, HEADER_WEBHOOK_SIGNATURE] {
            let mut headers = headers.clone();
            headers.remove(name);
            assert!(checked(NEW, &headers, b"{}").is_err(), "{name}");
        }
        assert!(checked("", &headers, b"{}").is_err(), "no secret is no permission");
    }
}

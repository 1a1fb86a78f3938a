//! A secret that the vendor was told with the request, and sends back in a header field.
//!
//! It shows who calls, not that the body is unchanged or new. So an adapter of such a vendor believes nothing of a
//! callback but that there is something to fetch, from the vendor itself.

use subtle::ConstantTimeEq as _;

use super::{Event, Received, Refused};

/// Checks the header field against each of the secrets.
pub(super) fn check(header: &str, secrets: &str, received: &Received<'_>) -> Result<Event, Refused> {
    let sent = received.header(header)?;
    let known = secrets
        .split_whitespace()
        .any(|secret| bool::from(secret.as_bytes().ct_eq(sent.as_bytes())));
    if known {
        Ok(Event {
            id: received.fingerprint(),
        })
    } else {
        Err(Refused::NotGenuine("the shared secret is another".into()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_one_of_the_secrets_once_is_good() {
        let checked = |values: &[&'static str], secrets: &str| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-secret", HeaderValue::from_static(value));
            }
            let received = Received {
                query: "document=1",
                headers: &headers,
                body: b"{}",
            };
            check("x-secret", secrets, &received)
        };
        let id = checked(&["new"], "new old").unwrap().id;
        assert_eq!(
            checked(&["old"], "new old").unwrap().id,
            id,
            "equal callbacks are one event"
        );
        assert!(id.starts_with("sha256:") && id.len() == 71, "{id}");
        assert!(checked(&["ne"], "new").is_err());
        assert!(checked(&["new", "new"], "new").is_err());
        assert!(checked(&[], "new").is_err());
        assert!(checked(&[""], "").is_err(), "no secret is no permission");
    }
}

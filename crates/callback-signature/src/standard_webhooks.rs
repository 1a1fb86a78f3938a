//! Standard Webhooks, version 1.0.0 (<https://www.standardwebhooks.com/>), symmetric and asymmetric.

use webhook_signature::{ID, KeyRing, Message, SIGNATURE, TIMESTAMP};

use super::{Event, Received, Refused};

/// Checks a callback against each of the keys: secrets (`whsec_…`) and public keys (`whpk_…`).
pub(super) fn check(now: i64, keys: &str, received: &Received<'_>) -> Result<Event, Refused> {
    let ring: KeyRing = keys.parse()?;
    let message = Message {
        id: received.header(ID)?,
        timestamp: received.header(TIMESTAMP)?,
        signature: received.header(SIGNATURE)?,
        body: received.body,
    };
    match ring.verify(now, &message) {
        Ok(()) => Ok(Event {
            id: message.id.to_owned(),
        }),
        Err(reason) => Err(Refused::NotGenuine(reason.to_string())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use http::HeaderMap;
    use webhook_signature::Signer;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW: i64 = 1_700_000_000;

    fn checked(headers: &HeaderMap) -> Result<Event, Refused> {
        let received = Received {
            query: "",
            headers,
            body: b"{}",
        };
        check(NOW, SECRET, &received)
    }

    #[test]
    fn each_header_field_must_be_there_once() {
        let signature = SECRET.parse::<Signer>().unwrap().sign("msg_1", NOW, b"{}");
        let mut headers = HeaderMap::new();
        headers.insert(ID, "msg_1".parse().unwrap());
        headers.insert(TIMESTAMP, NOW.to_string().parse().unwrap());
        headers.insert(SIGNATURE, signature.parse().unwrap());
        assert_eq!(checked(&headers).unwrap().id, "msg_1");
        for name in [ID, TIMESTAMP, SIGNATURE] {
            let mut without = headers.clone();
            without.remove(name);
            assert!(checked(&without).is_err(), "{name}");
            let mut twice = headers.clone();
            twice.append(name, headers[name].clone());
            assert!(checked(&twice).is_err(), "{name}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_the_deployments_fault() {
        let headers = HeaderMap::new();
        let received = Received {
            query: "",
            headers: &headers,
            body: b"{}",
        };
        assert!(matches!(
            check(NOW, "whsec_*", &received),
            Err(Refused::Misconfigured(_))
        ));
        assert!(matches!(check(NOW, "", &received), Err(Refused::NotGenuine(_))));
    }
}

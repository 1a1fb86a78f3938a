//! A keyed hash (HMAC, RFC 2104) over header fields and the body, as the adapter describes it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};
use vendor::adapter::{HashFunction, HmacScheme, SignatureEncoding, SignedPart};

use webhook_signature::TOLERANCE;

use super::{Event, Received, Refused};

/// Checks a callback against each of the secrets.
pub(super) fn check(scheme: &HmacScheme, now: i64, secrets: &str, received: &Received<'_>) -> Result<Event, Refused> {
    // A time that is not signed would protect nobody from a replay, and an id that is not would make it another event.
    for name in scheme.timestamp.iter().chain(&scheme.id) {
        let is_signed = |part: &SignedPart| matches!(part, SignedPart::Header(signed) if signed == name);
        if !scheme.signed.iter().any(is_signed) {
            return Err(not_genuine(format!(
                "the adapter's scheme does not sign the header field {name}"
            )));
        }
    }
    if let Some(name) = &scheme.timestamp {
        check_timestamp(now, received.header(name)?)?;
    }
    let mut signed = Vec::new();
    for part in &scheme.signed {
        match part {
            SignedPart::Literal(text) => signed.extend_from_slice(text.as_bytes()),
            SignedPart::Header(name) => signed.extend_from_slice(received.header(name)?.as_bytes()),
            SignedPart::Body => signed.extend_from_slice(received.body),
        }
    }
    let signatures: Vec<_> = received
        .header(&scheme.header)?
        .split([',', ' '])
        .filter_map(|text| decoded(text.strip_prefix(&scheme.prefix)?, scheme.encoding))
        .collect();
    let is_right = secrets.split_whitespace().any(|secret| {
        signatures
            .iter()
            .any(|signature| is_signature(scheme.hash, secret.as_bytes(), &signed, signature))
    });
    if !is_right {
        return Err(not_genuine("no signature is right"));
    }
    let id = match &scheme.id {
        Some(name) => received.header(name)?.to_owned(),
        None => received.fingerprint(),
    };
    Ok(Event { id })
}

fn check_timestamp(now: i64, value: &str) -> Result<(), Refused> {
    let sent: i64 = value.parse().map_err(|_| not_genuine("the timestamp is none"))?;
    let off = now.abs_diff(sent);
    if off > TOLERANCE {
        return Err(not_genuine(format!("the timestamp is {off} s off")));
    }
    Ok(())
}

fn not_genuine(reason: impl Into<String>) -> Refused {
    Refused::NotGenuine(reason.into())
}

fn decoded(text: &str, encoding: SignatureEncoding) -> Option<Vec<u8>> {
    match encoding {
        SignatureEncoding::Base64 => STANDARD.decode(text).ok(),
        SignatureEncoding::Hexadecimal => {
            let digit = |byte: &u8| {
                char::from(*byte)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            let pairs = text.as_bytes().chunks(2);
            pairs
                .map(|pair| match pair {
                    [high, low] => Some((digit(high)? << 4) | digit(low)?),
                    _ => None,
                })
                .collect()
        }
    }
}

/// In constant time. A key of any length is a key.
fn is_signature(hash: HashFunction, key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    match hash {
        HashFunction::Sha256 => Hmac::<Sha256>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok()),
        HashFunction::Sha512 => Hmac::<Sha512>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(signed).verify_slice(signature).is_ok()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use http::{HeaderMap, HeaderValue};

    /// GitHub's: the body alone, in hexadecimal behind `sha256=`.
    fn body_alone() -> HmacScheme {
        HmacScheme {
            hash: HashFunction::Sha256,
            header: "x-hub-signature-256".into(),
            prefix: "sha256=".into(),
            encoding: SignatureEncoding::Hexadecimal,
            signed: vec![SignedPart::Body],
            id: None,
            timestamp: None,
        }
    }

    /// Slack's: a version, the time and the body, separated by colons.
    fn with_time() -> HmacScheme {
        HmacScheme {
            header: "x-slack-signature".into(),
            prefix: "v0=".into(),
            signed: vec![
                SignedPart::Literal("v0:".into()),
                SignedPart::Header("x-slack-request-timestamp".into()),
                SignedPart::Literal(":".into()),
                SignedPart::Body,
            ],
            timestamp: Some("x-slack-request-timestamp".into()),
            ..body_alone()
        }
    }

    fn checked(
        now: i64,
        scheme: &HmacScheme,
        secrets: &str,
        fields: &[(&'static str, &str)],
        body: &[u8],
    ) -> Result<Event, Refused> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let received = Received {
            query: "",
            headers: &headers,
            body,
        };
        check(scheme, now, secrets, &received)
    }

    /// The example of GitHub's "Validating webhook deliveries".
    #[test]
    fn a_documented_signature_of_the_body_alone_is_right() {
        let signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let signature = decoded(signature, SignatureEncoding::Hexadecimal).unwrap();
        let (secret, body) = (b"It's a Secret to Everybody", b"Hello, World!");
        assert!(is_signature(HashFunction::Sha256, secret, body, &signature));
        assert!(!is_signature(HashFunction::Sha256, secret, b"Hello, World", &signature));
        assert!(!is_signature(HashFunction::Sha512, secret, body, &signature));
    }

    /// The key and the text of RFC 4231, section 4.3 ("Test Case 2").
    #[test]
    fn equal_bodies_are_one_event_where_there_is_no_id() {
        let signature = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let fields = [("x-hub-signature-256", signature)];
        let body = b"what do ya want for nothing?";
        let event = checked(0, &body_alone(), "another Jefe", &fields, body).unwrap();
        assert!(event.id.starts_with("sha256:"), "{event:?}");
        assert!(checked(0, &body_alone(), "Jeff", &fields, body).is_err());
        assert!(checked(0, &body_alone(), "Jefe", &fields, b"what").is_err());
    }

    /// The example of Slack's "Verifying requests from Slack".
    #[test]
    fn a_documented_signature_with_a_time_is_right_for_five_minutes() {
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=\
https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=\
398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let fields = [
            ("x-slack-request-timestamp", "1531420618"),
            (
                "x-slack-signature",
                "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ),
        ];
        let secrets = "another-secret 8f742231b10e8888abcd99yyyzzz85a5";
        for now in [1_531_420_318, 1_531_420_618, 1_531_420_918] {
            assert!(checked(now, &with_time(), secrets, &fields, body).is_ok(), "{now}");
        }
        for now in [1_531_420_317, 1_531_420_919, 0] {
            assert!(checked(now, &with_time(), secrets, &fields, body).is_err(), "{now}");
        }
        assert!(checked(1_531_420_618, &with_time(), "another-secret", &fields, body).is_err());
        assert!(checked(1_531_420_618, &with_time(), secrets, &fields[..1], body).is_err());
        assert!(
            checked(1_531_420_618, &with_time(), "", &fields, body).is_err(),
            "no secret is no permission"
        );
    }

    #[test]
    fn a_scheme_that_leaves_time_or_id_unsigned_lets_nothing_in() {
        let unsigned_time = HmacScheme {
            signed: vec![SignedPart::Body],
            ..with_time()
        };
        let unsigned_id = HmacScheme {
            id: Some("x-id".into()),
            ..body_alone()
        };
        for scheme in [unsigned_time, unsigned_id] {
            let reason = checked(0, &scheme, "s", &[], b"").unwrap_err();
            assert!(reason.to_string().contains("does not sign"), "{reason}");
        }
    }

    #[test]
    fn signatures_are_read_in_either_writing() {
        assert_eq!(decoded("00fF", SignatureEncoding::Hexadecimal), Some(vec![0, 255]));
        assert_eq!(decoded("00f", SignatureEncoding::Hexadecimal), None);
        assert_eq!(decoded("0g", SignatureEncoding::Hexadecimal), None);
        assert_eq!(decoded("AP8=", SignatureEncoding::Base64), Some(vec![0, 255]));
    }
}

//! Callbacks by every scheme of signatures: four lines of header fields, then the body.

#![no_main]

use callback_signature::{Received, check};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use vendor::adapter::{HashFunction, HmacScheme, SignatureEncoding, SignatureScheme, SignedPart};

const NOW: i64 = 1_700_000_000;
const KEYS: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

fn schemes() -> [SignatureScheme; 4] {
    let keyed = |hash, encoding, prefix: &str| {
        SignatureScheme::Hmac(HmacScheme {
            hash,
            header: "webhook-signature".into(),
            prefix: prefix.into(),
            encoding,
            signed: vec![
                SignedPart::Header("webhook-id".into()),
                SignedPart::Literal(".".into()),
                SignedPart::Header("webhook-timestamp".into()),
                SignedPart::Body,
            ],
            id: Some("webhook-id".into()),
            timestamp: Some("webhook-timestamp".into()),
        })
    };
    [
        SignatureScheme::StandardWebhooks,
        keyed(HashFunction::Sha256, SignatureEncoding::Hexadecimal, "sha256="),
        keyed(HashFunction::Sha512, SignatureEncoding::Base64, ""),
        SignatureScheme::SharedSecret("x-secret".into()),
    ]
}

fuzz_target!(|data: &[u8]| {
    let mut lines = data.splitn(5, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature", "x-secret"] {
        if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
            headers.append(name, value);
        }
    }
    let received = Received {
        query: "",
        headers: &headers,
        body: lines.next().unwrap_or_default(),
    };
    for scheme in schemes() {
        assert!(check(&scheme, NOW, KEYS, &received).is_err());
    }
});

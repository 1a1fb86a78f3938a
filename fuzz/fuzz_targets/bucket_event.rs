//! Notifications of buckets, in each of their envelopes, and the certificates that SNS signs with.

#![no_main]

use std::time::Duration;

use bucket_events::{Message, read};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|data: &[u8]| {
    if let Ok(Message::Sns(envelope)) = read(data) {
        let sns = Url::parse("https://sns.eu-west-1.amazonaws.com").expect("it is a URL");
        for url in [envelope.certificate_url(&sns), envelope.subscribe_url(&sns)].into_iter().flatten() {
            assert_eq!(url.origin(), sns.origin());
        }
        let _ = envelope.signed_text();
        assert!(envelope.verify(data, Duration::from_secs(1_795_500_000)).is_err());
    }
});

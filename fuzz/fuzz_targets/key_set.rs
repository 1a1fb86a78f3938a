//! JWK Sets: what an identity provider, or whoever stands in its place, answers.

#![no_main]

use access::KeySet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|keys: &[u8]| {
    if let Ok(keys) = KeySet::from_json(keys) {
        let written = keys.to_json().to_string();
        assert!(KeySet::from_json(written.as_bytes()).is_ok(), "what was read can be handed on");
    }
});

//! JWK Sets: what an identity provider, or whoever stands in its place, answers.

#![no_main]

use access::Verifier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|keys: &str| {
    let _ = Verifier::new(keys, "https://dossier.example", "dossier");
});

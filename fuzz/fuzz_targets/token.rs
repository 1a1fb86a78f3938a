//! Bearer tokens: whatever is sent, nobody gets in without a signature.

#![no_main]

use std::sync::LazyLock;

use access::{Scope, Verifier};
use libfuzzer_sys::fuzz_target;

const KEYS: &str = r#"{"keys":[
    {"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty":"EC","crv":"P-256","kid":"p","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
]}"#;

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(KEYS, "https://dossier.example", "dossier").expect("the keys are good"));

fuzz_target!(|authorization: &str| {
    assert!(VERIFIER.authenticate(Some(authorization), Scope::Submit).is_err());
});

//! Bearer tokens: whatever is sent, nobody gets in without a signature.

#![no_main]

use access::{KeySet, Policy, Verifier};
use libfuzzer_sys::fuzz_target;

const KEYS: &str = r#"{"keys":[
    {"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty":"EC","crv":"P-256","kid":"p","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
]}"#;

thread_local! {
    static VERIFIER: Verifier = Verifier::new(
        KeySet::from_json(KEYS.as_bytes()).expect("the keys are good"),
        Policy {
            issuer: "https://dossier.example".into(),
            audience: "dossier".into(),
            tenant_claim: Some("tenant".into()),
            skew_seconds: 60,
        },
    );
}

fuzz_target!(|authorization: &str| {
    let now = 1_795_500_000;
    assert!(VERIFIER.with(|verifier| verifier.authenticate(Some(authorization), now)).is_err());
});

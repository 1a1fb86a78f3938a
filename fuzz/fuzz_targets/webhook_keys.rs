//! Keys of webhooks: an operator's typing mistakes must be errors.

#![no_main]

use libfuzzer_sys::fuzz_target;
use webhook_signature::{KeyRing, Signer};

fuzz_target!(|text: &str| {
    let _ = text.parse::<KeyRing>();
    if let Ok(signer) = text.parse::<Signer>() {
        let signature = signer.sign("msg_1", 0, b"");
        assert!(signature.starts_with(if signer.public_key().is_some() { "v1a," } else { "v1," }));
    }
});

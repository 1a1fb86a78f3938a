//! The published examples, and what is made of anything else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use proptest::prelude::*;
use webhook_signature::{InvalidKey, KeyRing, LONGEST_ID, Message, Refused, Signer};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The private key of the specification's example for Go.
const PRIVATE: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";

/// What the specification's libraries sign in their examples.
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIMESTAMP: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SYMMETRIC: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const ASYMMETRIC: &str = "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==";

fn message(signature: &str) -> Message<'_> {
    Message {
        id: ID,
        timestamp: "1614265330",
        signature,
        body: BODY,
    }
}

fn ring(keys: &str) -> KeyRing {
    keys.parse().unwrap()
}

fn public() -> String {
    PRIVATE.parse::<Signer>().unwrap().public_key().unwrap()
}

#[test]
fn the_published_examples_are_made_and_found_right() {
    for (key, signature, keys) in [(SECRET, SYMMETRIC, SECRET.to_owned()), (PRIVATE, ASYMMETRIC, public())] {
        assert_eq!(key.parse::<Signer>().unwrap().sign(ID, TIMESTAMP, BODY), signature);
        assert_eq!(ring(&keys).verify(TIMESTAMP, &message(signature)), Ok(()));
    }
}

#[test]
fn keys_are_replaced_without_a_gap_on_either_side() {
    let both = format!("{SYMMETRIC} {ASYMMETRIC}");
    for keys in [
        SECRET,
        &public(),
        &format!("{OTHER_SECRET} {SECRET}"),
        &format!("{}\n{OTHER_SECRET}", public()),
    ] {
        assert_eq!(ring(keys).verify(TIMESTAMP, &message(&both)), Ok(()), "{keys}");
    }
    assert_eq!(
        ring(OTHER_SECRET).verify(TIMESTAMP, &message(&both)),
        Err(Refused::Signature)
    );
    assert_eq!(ring("").verify(TIMESTAMP, &message(&both)), Err(Refused::Signature));
    // Those of the specification's own tests: wrong ones and unknown versions beside the right one.
    let several = format!(
        "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,{} {SYMMETRIC}",
        &SYMMETRIC[3..]
    );
    assert_eq!(ring(SECRET).verify(TIMESTAMP, &message(&several)), Ok(()));
}

#[test]
fn the_timestamp_may_be_five_minutes_off_in_either_direction() {
    let ring = ring(SECRET);
    for (now, expected) in [
        (TIMESTAMP + 300, Ok(())),
        (TIMESTAMP - 300, Ok(())),
        (TIMESTAMP + 301, Err(Refused::Untimely(301))),
        (TIMESTAMP - 301, Err(Refused::Untimely(301))),
        (i64::MIN, Err(Refused::Untimely(i64::MIN.abs_diff(TIMESTAMP)))),
        (i64::MAX, Err(Refused::Untimely(i64::MAX.abs_diff(TIMESTAMP)))),
    ] {
        assert_eq!(ring.verify(now, &message(SYMMETRIC)), expected, "{now}");
    }
}

#[test]
fn what_others_might_read_otherwise_is_refused() {
    let ring = ring(&format!("{SECRET} {}", public()));
    let verify = |id: &str, timestamp: &str, signature: &str| {
        ring.verify(
            TIMESTAMP,
            &Message {
                id,
                timestamp,
                signature,
                body: BODY,
            },
        )
    };
    for timestamp in [
        "",
        "+1614265330",
        "-1614265330",
        " 1614265330",
        "1614265330.0",
        "0x6037bb32",
        "1_614_265_330",
        "٣",
    ] {
        assert_eq!(
            verify(ID, timestamp, SYMMETRIC),
            Err(Refused::Timestamp),
            "{timestamp:?}"
        );
    }
    // The same seconds, written otherwise, were not signed.
    assert_eq!(verify(ID, "01614265330", SYMMETRIC), Err(Refused::Signature));
    let long = "m".repeat(LONGEST_ID + 1);
    for id in [
        "",
        "msg.1",
        "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330",
        "msg 1",
        "ümsg",
        &long,
    ] {
        assert_eq!(verify(id, "1614265330", SYMMETRIC), Err(Refused::Id), "{id:?}");
    }
    let wrong = [
        String::new(),
        " ".to_owned(),
        "v1".to_owned(),
        "v1,".to_owned(),
        "v1a,".to_owned(),
        ",".to_owned(),
        // Without its version, with that of the other sort, and in other versions.
        SYMMETRIC[3..].to_owned(),
        SYMMETRIC.replacen("v1", "v1a", 1),
        ASYMMETRIC.replacen("v1a", "v1", 1),
        SYMMETRIC.replacen("v1", "V1", 1),
        SYMMETRIC.replacen("v1", "v01", 1),
        // Cut short, without padding, and with a tail.
        SYMMETRIC[..SYMMETRIC.len() - 4].to_owned(),
        SYMMETRIC.trim_end_matches('=').to_owned(),
        format!("{SYMMETRIC}AAAA"),
        SYMMETRIC.replace('/', "_"),
    ];
    for signature in wrong {
        assert_eq!(
            verify(ID, "1614265330", &signature),
            Err(Refused::Signature),
            "{signature:?}"
        );
    }
    let many = format!("{}{SYMMETRIC}", "v1,AAAA ".repeat(16));
    assert_eq!(verify(ID, "1614265330", &many), Err(Refused::TooManySignatures));
}

#[test]
fn a_public_key_is_no_secret() {
    // Who knows the public key alone signs with it as if it were a secret, which it would be by its length.
    let as_secret = public().replacen("whpk_", "whsec_", 1);
    let forged = as_secret.parse::<Signer>().unwrap().sign(ID, TIMESTAMP, BODY);
    for signature in [forged.clone(), forged.replacen("v1", "v1a", 1)] {
        assert_eq!(
            ring(&public()).verify(TIMESTAMP, &message(&signature)),
            Err(Refused::Signature)
        );
    }
}

#[test]
fn keys_that_are_none_are_named_and_not_shown() {
    let of = |bytes: usize| format!("whsec_{}", "A".repeat(bytes * 4 / 3));
    // The point of order one, under which a signature of zeros is right for every message.
    let weak = "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (keys, expected) in [
        ("whsec_*", InvalidKey::NotBase64),
        (&*of(21), InvalidKey::SecretLength(21)),
        (&*of(66), InvalidKey::SecretLength(66)),
        ("whpk_AAAA", InvalidKey::NotEd25519),
        (weak, InvalidKey::NotEd25519),
        (PRIVATE, InvalidKey::Private),
    ] {
        assert_eq!(keys.parse::<KeyRing>().unwrap_err(), expected, "{keys}");
        assert_eq!(
            format!("{SECRET} {keys}").parse::<KeyRing>().unwrap_err(),
            expected,
            "{keys}"
        );
    }
    assert_eq!(public().parse::<Signer>().unwrap_err(), InvalidKey::Public);
    assert_eq!("whsk_AAAA".parse::<Signer>().unwrap_err(), InvalidKey::NotEd25519);
    let shown = format!("{:?} {:?}", ring(SECRET), SECRET.parse::<Signer>().unwrap());
    assert!(!shown.contains("MfKQ"), "{shown}");
}

#[test]
fn the_crate_of_the_specification_agrees_about_symmetric_keys() {
    let reference = standardwebhooks::Webhook::new(SECRET).unwrap();
    assert_eq!(reference.sign(ID, TIMESTAMP, BODY).unwrap(), SYMMETRIC);
}

proptest! {
    // Unoptimized, a signature takes milliseconds.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_was_signed_is_right_and_nothing_else_is(
        secret in prop::collection::vec(any::<u8>(), 24..=64),
        id in "[!-\\-/-~]{1,64}",
        timestamp in 0..=i64::MAX / 2,
        body in prop::collection::vec(any::<u8>(), 0..256),
        private in any::<bool>(),
        flip in any::<prop::sample::Index>(),
    ) {
        use base64::Engine as _;
        let encoded = base64::prelude::BASE64_STANDARD.encode(if private { &secret[..24] } else { &secret });
        let seed = base64::prelude::BASE64_STANDARD.encode([&secret[..24], &secret[..8]].concat());
        let signer: Signer = if private { format!("whsk_{seed}") } else { format!("whsec_{encoded}") }.parse().unwrap();
        let keys = signer.public_key().unwrap_or_else(|| format!("whsec_{encoded}"));
        let ring = ring(&keys);
        let signature = signer.sign(&id, timestamp, &body);
        let text = timestamp.to_string();
        let message = Message { id: &id, timestamp: &text, signature: &signature, body: &body };
        prop_assert_eq!(ring.verify(timestamp, &message), Ok(()));

        let mut longer = body.clone();
        longer.push(0);
        let is_refused = ring.verify(timestamp, &Message { body: &longer, ..message }).is_err();
        prop_assert!(is_refused);
        let other = format!("{id}x");
        let is_refused = ring.verify(timestamp, &Message { id: &other, ..message }).is_err();
        prop_assert!(is_refused);
        let later = (timestamp + 1).to_string();
        let is_refused = ring.verify(timestamp, &Message { timestamp: &later, ..message }).is_err();
        prop_assert!(is_refused);
        let mut tampered = signature.clone().into_bytes();
        let at = flip.index(tampered.len());
        tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        let is_refused = ring.verify(timestamp, &Message { signature: &tampered, ..message }).is_err();
        prop_assert!(is_refused);
    }

    #[test]
    fn nothing_panics_whatever_comes(
        now in any::<i64>(), id in ".{0,32}", timestamp in ".{0,24}", signature in ".{0,200}", body in any::<Vec<u8>>(),
        keys in ".{0,64}",
    ) {
        let ring = ring(&format!("{SECRET} {}", public()));
        let is_refused = ring.verify(now, &Message { id: &id, timestamp: &timestamp, signature: &signature, body: &body }).is_err();
        prop_assert!(is_refused);
        let _ = keys.parse::<KeyRing>();
        let _ = keys.parse::<Signer>();
    }
}

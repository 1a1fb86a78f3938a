//! Every way in which a token can be wrong, with real keys.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use access::{Caller, Denied, Scope, Verifier};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

const ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICSc9AcnXr3ycmdyxMttXz6eKBWzl/eM8/gEHv8Yk6nM
-----END PRIVATE KEY-----";
const OTHER_ED25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIBloppg65kQUXyJknowDebOraSTJ0HKVmk2HjzzSufrl
-----END PRIVATE KEY-----";
const P256: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHZ2HMKLkLkObJ/xO
pkB/gxR00LDBrQmPOHGS+L6UZWuhRANCAATVjXt80MDWK2zKdPefrdj8e3a1bU/r
abknxbFvpvnGTNHb6xhsLno//wFWsiHr8ks2QUwVCzgb4Kz7BnF1l+kb
-----END PRIVATE KEY-----";

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

fn claims() -> Value {
    json!({ "iss": "https://login.school.example", "aud": "dossier", "sub": "t-17", "name": "Ada Moreau",
            "exp": now() + 600, "scope": "submit evaluate" })
}

fn keys() -> (EncodingKey, EncodingKey) {
    (
        EncodingKey::from_ed_pem(ED25519.as_bytes()).unwrap(),
        EncodingKey::from_ec_pem(P256.as_bytes()).unwrap(),
    )
}

fn verifier() -> Verifier {
    let (ed, ec) = keys();
    let mut ed = Jwk::from_encoding_key(&ed, Algorithm::EdDSA).unwrap();
    ed.common.key_id = Some("ed".into());
    let mut ec = Jwk::from_encoding_key(&ec, Algorithm::ES256).unwrap();
    ec.common.key_id = Some("ec".into());
    let set = serde_json::to_string(&JwkSet { keys: vec![ed, ec] }).unwrap();
    Verifier::new(&set, "https://login.school.example", "dossier").unwrap()
}

fn token(algorithm: Algorithm, kid: Option<&str>, claims: &Value, key: &EncodingKey) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(ToOwned::to_owned);
    format!("Bearer {}", jsonwebtoken::encode(&header, claims, key).unwrap())
}

fn outcome(header: &str) -> Result<Caller, Denied> {
    verifier().authenticate(Some(header), Scope::Submit)
}

#[test]
fn a_good_token_names_its_caller_under_either_algorithm() {
    let (ed, ec) = keys();
    let caller = Caller {
        subject: "t-17".into(),
        name: Some("Ada Moreau".into()),
    };
    assert_eq!(
        outcome(&token(Algorithm::EdDSA, Some("ed"), &claims(), &ed)),
        Ok(caller.clone())
    );
    assert_eq!(
        outcome(&token(Algorithm::ES256, Some("ec"), &claims(), &ec)),
        Ok(caller)
    );
}

#[test]
fn a_scope_is_a_whole_word() {
    let (ed, _) = keys();
    let mut claims = claims();
    claims["scope"] = json!("submitter evaluate");
    let header = token(Algorithm::EdDSA, Some("ed"), &claims, &ed);
    assert_eq!(outcome(&header), Err(Denied::InsufficientScope(Scope::Submit)));
    assert!(verifier().authenticate(Some(&header), Scope::Evaluate).is_ok());
    assert_eq!(
        verifier().authenticate(Some(&header), Scope::Operate),
        Err(Denied::InsufficientScope(Scope::Operate))
    );
}

#[test]
fn times_are_checked_within_the_leeway() {
    let (ed, _) = keys();
    let with = |claim: &str, time: u64| {
        let mut claims = claims();
        claims[claim] = json!(time);
        outcome(&token(Algorithm::EdDSA, Some("ed"), &claims, &ed)).map(|_| ())
    };
    assert_eq!(with("exp", now() - access::LEEWAY_SECONDS - 30), Err(Denied::Expired));
    assert_eq!(with("exp", now() - access::LEEWAY_SECONDS / 2), Ok(()));
    assert_eq!(
        with("nbf", now() + access::LEEWAY_SECONDS + 30),
        Err(Denied::NotYetValid)
    );
    assert_eq!(with("nbf", now() + access::LEEWAY_SECONDS / 2), Ok(()));
}

#[test]
fn a_token_of_another_issuer_audience_key_or_shape_is_refused() {
    let (ed, ec) = keys();
    let stranger = EncodingKey::from_ed_pem(OTHER_ED25519.as_bytes()).unwrap();
    let without = |claim: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        token(Algorithm::EdDSA, Some("ed"), &claims, &ed)
    };
    let with = |claim: &str, value: Value| {
        let mut claims = claims();
        claims[claim] = value;
        token(Algorithm::EdDSA, Some("ed"), &claims, &ed)
    };
    let unsigned = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0LTE3In0.";
    let symmetric = token(
        Algorithm::HS256,
        Some("ed"),
        &claims(),
        &EncodingKey::from_secret(b"public key"),
    );
    let cases = [
        ("another issuer", with("iss", json!("https://elsewhere.example"))),
        ("another audience", with("aud", json!("payroll"))),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
        ("no expiry", without("exp")),
        ("no subject", without("sub")),
        (
            "a stranger's key",
            token(Algorithm::EdDSA, Some("ed"), &claims(), &stranger),
        ),
        ("an unknown key id", token(Algorithm::EdDSA, Some("xx"), &claims(), &ed)),
        (
            "no key id where there is a choice",
            token(Algorithm::EdDSA, None, &claims(), &ed),
        ),
        (
            "the algorithm of another key",
            token(Algorithm::ES256, Some("ed"), &claims(), &ec),
        ),
        ("a symmetric algorithm", symmetric),
        ("no algorithm", unsigned.to_owned()),
        ("no JWT", "Bearer abc".to_owned()),
        ("too long", format!("Bearer {}", "a".repeat(9000))),
    ];
    for (name, header) in cases {
        assert!(
            matches!(outcome(&header), Err(Denied::Invalid(_))),
            "{name}: {:?}",
            outcome(&header)
        );
    }
    for header in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic dTpw")] {
        assert_eq!(
            verifier().authenticate(header, Scope::Submit),
            Err(Denied::Missing),
            "{header:?}"
        );
    }
}

#[test]
fn keys_that_cannot_be_used_are_named_with_an_example_of_one_that_can() {
    let error = |keys: &str| Verifier::new(keys, "i", "a").err().unwrap().to_string();
    assert!(error("[]").contains("\"crv\":\"Ed25519\""));
    assert!(error(r#"{"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0"}]}"#).contains("\"s\""));
}

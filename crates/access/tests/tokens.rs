//! Every way in which a token can be wrong, with real keys.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod support;

use access::{Caller, Denied, KeySet, Owner, Policy, Scope, Verifier};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use support::{
    ISSUER, NOW, OTHER_ED25519, Pair, SKEW, SMALL_RSA, claims, encode, key_set, pairs, policy, token, verifier,
    verifier_with,
};

fn outcome(header: &str) -> Result<Caller, Denied> {
    verifier().authenticate(Some(header), NOW)
}

#[test]
fn a_good_token_names_its_caller_under_each_algorithm() {
    let caller = Caller {
        owner: Owner {
            tenant: "default".into(),
            subject: "t-17".into(),
        },
        name: Some("Ada Moreau".into()),
        scopes: [Scope::Submit, Scope::Evaluate].into_iter().collect(),
    };
    for pair in pairs() {
        let header = pair.token(&claims());
        let verifier = verifier();
        // The second time from memory.
        for _ in 0..2 {
            let found = verifier.authenticate(Some(&header), NOW);
            assert_eq!(found.as_ref(), Ok(&caller), "{:?}", pair.algorithm);
        }
    }
}

#[test]
fn scopes_are_whole_words_however_a_provider_writes_them() {
    let [ed, ..] = pairs();
    let scopes = |claim: &str, value: Value| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("scope");
        claims[claim] = value;
        let scopes = outcome(&ed.token(&claims)).unwrap().scopes;
        Scope::ALL.map(|scope| scopes.contain(scope))
    };
    assert_eq!(
        scopes("scope", json!("submitter evaluate openid")),
        [false, true, false]
    );
    assert_eq!(scopes("scope", json!(["submit", "operate"])), [true, false, true]);
    assert_eq!(scopes("scp", json!("operate")), [false, false, true]);
    assert_eq!(scopes("scp", json!(["evaluate"])), [false, true, false]);
    assert_eq!(scopes("scope", json!({ "submit": true })), [false; 3]);
    assert_eq!(scopes("roles", json!("operate")), [false; 3]);
}

#[test]
fn a_tenant_is_said_by_the_claim_that_the_deployment_names() {
    let with_tenants = || {
        verifier_with(Policy {
            tenant_claim: Some("tenant".into()),
            ..policy()
        })
    };
    let [ed, ..] = pairs();
    let caller = with_tenants().authenticate(Some(&ed.token(&claims())), NOW).unwrap();
    assert_eq!(caller.tenant(), "north/3");
    assert_eq!(caller.owner.to_string(), "north%2F3/t-17");
    for wrong in [
        json!(null),
        json!(""),
        json!(7),
        json!(["north"]),
        json!("a\nb"),
        json!("n".repeat(256)),
    ] {
        let mut claims = claims();
        claims["tenant"] = wrong.clone();
        let outcome = with_tenants().authenticate(Some(&ed.token(&claims)), NOW);
        assert!(matches!(outcome, Err(Denied::Invalid(_))), "{wrong}: {outcome:?}");
    }
    let mut without = claims();
    without.as_object_mut().unwrap().remove("tenant");
    let outcome = with_tenants().authenticate(Some(&ed.token(&without)), NOW);
    assert!(matches!(outcome, Err(Denied::Invalid(_))), "{outcome:?}");
}

#[test]
fn a_token_of_another_issuer_audience_key_type_or_shape_is_refused() {
    let [ed, ec, rsa] = pairs();
    let stranger = EncodingKey::from_ed_pem(OTHER_ED25519.as_bytes()).unwrap();
    let without = |claim: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        ed.token(&claims)
    };
    let with = |claim: &str, value: Value| {
        let mut claims = claims();
        claims[claim] = value;
        ed.token(&claims)
    };
    let header = |change: fn(&mut Header)| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some("ed".into());
        change(&mut header);
        encode(&header, &claims(), &ed.private)
    };
    let cases = [
        ("another issuer", with("iss", json!("https://elsewhere.example"))),
        ("several issuers", with("iss", json!([ISSUER]))),
        ("another audience", with("aud", json!("payroll"))),
        ("other audiences", with("aud", json!(["payroll", "dossier2"]))),
        ("an audience of another shape", with("aud", json!({ "dossier": true }))),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
        ("no expiry", without("exp")),
        ("an expiry that is no time", with("exp", json!("tomorrow"))),
        ("a beginning that is no time", with("nbf", json!("now"))),
        ("no subject", without("sub")),
        ("an empty subject", with("sub", json!(""))),
        ("a subject that is no text", with("sub", json!(17))),
        ("a subject of two lines", with("sub", json!("t-17\nroot"))),
        (
            "a stranger's key",
            token(Algorithm::EdDSA, Some("ed"), &claims(), &stranger),
        ),
        (
            "the algorithm of another key",
            token(Algorithm::ES256, Some("ed"), &claims(), &ec.private),
        ),
        (
            "an algorithm that is not taken",
            token(Algorithm::RS512, Some("rsa"), &claims(), &rsa.private),
        ),
        (
            "an algorithm that is not taken, with another padding",
            token(Algorithm::PS256, Some("rsa"), &claims(), &rsa.private),
        ),
        (
            "no algorithm",
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0LTE3In0.".to_owned(),
        ),
        (
            "an extension that must be understood",
            header(|header| header.crit = Some(vec!["b64".into()])),
        ),
        (
            "a logout token",
            header(|header| header.typ = Some("logout+jwt".into())),
        ),
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
    let unknown = [
        (
            "an unknown key id",
            token(Algorithm::EdDSA, Some("xx"), &claims(), &ed.private),
        ),
        (
            "no key id where there is a choice",
            token(Algorithm::EdDSA, None, &claims(), &ed.private),
        ),
    ];
    for (name, header) in unknown {
        assert_eq!(outcome(&header), Err(Denied::UnknownKey), "{name}");
    }
    for header in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic dTpw")] {
        assert_eq!(verifier().authenticate(header, NOW), Err(Denied::Missing), "{header:?}");
    }
    // And what is good in each of these respects.
    for good in [
        with("aud", json!(["payroll", "dossier"])),
        with("exp", json!(NOW as f64 + 0.5)),
        header(|header| header.typ = None),
        header(|header| header.typ = Some("at+JWT".into())),
        header(|header| header.typ = Some("application/at+jwt".into())),
        // Where a token says that its key is, nobody looks.
        header(|header| header.jku = Some("https://elsewhere.example/keys".into())),
    ] {
        assert!(outcome(&good).is_ok(), "{:?}", outcome(&good));
    }
}

/// The public key as a secret, in every form that somebody may have taken it for one.
#[test]
fn a_public_key_is_no_secret() {
    for pair in pairs() {
        let jwk = pair.jwk();
        let parsed = Jwk::from_encoding_key(&pair.private, pair.algorithm).unwrap();
        let secrets = [
            jwk.to_string(),
            key_set(std::slice::from_ref(&jwk)),
            parsed.thumbprint(ThumbprintHash::SHA256).unwrap(),
            ["x", "n"]
                .iter()
                .find_map(|name| jwk[name].as_str())
                .unwrap()
                .to_owned(),
        ];
        for secret in secrets {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let key = EncodingKey::from_secret(secret.as_bytes());
                let header = token(algorithm, Some(pair.id), &claims(), &key);
                assert!(matches!(outcome(&header), Err(Denied::Invalid(_))));
            }
        }
    }
}

#[test]
fn of_a_provider_s_keys_those_are_taken_that_check_signatures() {
    let [ed, ec, rsa] = pairs();
    let changed = |pair: &Pair, name: &str, value: Value| {
        let mut jwk = pair.jwk();
        jwk[name] = value;
        jwk
    };
    let small = Pair {
        id: "small",
        algorithm: Algorithm::RS256,
        private: EncodingKey::from_rsa_pem(SMALL_RSA).unwrap(),
    };
    let foreign = [
        json!({ "kty": "oct", "kid": "s", "k": "c2VjcmV0" }),
        json!({ "kty": "AKP", "kid": "q", "alg": "ML-DSA-44", "pub": "AA" }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "x", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
        json!("no key"),
        changed(&rsa, "use", json!("enc")),
        changed(&rsa, "alg", json!("RS512")),
        changed(&rsa, "alg", json!("RSA-OAEP-256")),
        changed(&rsa, "key_ops", json!(["encrypt"])),
        changed(&rsa, "n", json!("not base64!")),
        small.jwk(),
    ];
    let error = |keys: &str| KeySet::from_json(keys.as_bytes()).unwrap_err().to_string();
    for jwk in &foreign {
        assert!(
            error(&key_set(std::slice::from_ref(jwk))).contains("none of the token keys"),
            "{jwk}"
        );
    }
    // Beside one that is of use they do no harm, though they have its id; and no token can choose one.
    let mut jwks: Vec<_> = foreign.into();
    jwks.extend([
        changed(&ed, "kid", json!("rsa")),
        changed(&ec, "use", json!("sig")),
        changed(&rsa, "alg", json!("RS256")),
    ]);
    let keys = KeySet::from_json(key_set(&jwks).as_bytes()).unwrap();
    // As it is handed over, nothing else is left.
    let keys = KeySet::from_json(keys.to_json().to_string().as_bytes()).unwrap();
    assert_eq!(keys.to_json()["keys"].as_array().unwrap().len(), 3);
    let verifier = Verifier::new(keys, policy());
    for (pair, kid) in [(&ed, "rsa"), (&ec, "ec"), (&rsa, "rsa")] {
        let header = token(pair.algorithm, Some(kid), &claims(), &pair.private);
        assert!(verifier.authenticate(Some(&header), NOW).is_ok(), "{kid}");
    }
    let header = token(Algorithm::RS256, Some("small"), &claims(), &small.private);
    assert_eq!(verifier.authenticate(Some(&header), NOW), Err(Denied::UnknownKey));
    let symmetric = token(
        Algorithm::HS256,
        Some("s"),
        &claims(),
        &EncodingKey::from_secret(b"secret"),
    );
    assert_eq!(verifier.authenticate(Some(&symmetric), NOW), Err(Denied::UnknownKey));

    assert!(error("[]").contains("\"crv\":\"Ed25519\""), "an example is shown");
    assert!(error(r#"{"keys":[]}"#).contains("there is no key"));
    assert!(error(r#"{"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0"}]}"#).contains("\"s\""));
    assert!(error(&format!("{}{}", " ".repeat(70_000), key_set(&[ed.jwk()]))).contains("65536"));
}

#[test]
fn a_private_key_that_slipped_in_is_not_handed_on() {
    let mut jwk = pairs()[0].jwk();
    jwk["d"] = json!("c2VjcmV0");
    let keys = KeySet::from_json(key_set(&[jwk]).as_bytes()).unwrap();
    assert!(!keys.to_json().to_string().contains("c2VjcmV0"));
}

#[test]
fn without_a_key_id_there_must_be_no_choice() {
    let [ed, ec, _] = pairs();
    let only = || Verifier::new(KeySet::from_json(key_set(&[ed.jwk()]).as_bytes()).unwrap(), policy());
    let header = token(Algorithm::EdDSA, None, &claims(), &ed.private);
    assert!(only().authenticate(Some(&header), NOW).is_ok());
    let other = token(Algorithm::ES256, None, &claims(), &ec.private);
    assert!(matches!(
        only().authenticate(Some(&other), NOW),
        Err(Denied::Invalid(_))
    ));
}

#[test]
fn what_is_remembered_is_held_against_the_clock_again() {
    let [ed, ..] = pairs();
    let verifier = verifier();
    let mut claims = claims();
    claims["nbf"] = json!(NOW);
    let header = ed.token(&claims);
    let at = |now: u64| verifier.authenticate(Some(&header), now).map(|_| ());
    assert_eq!(at(NOW - u64::from(SKEW) - 1), Err(Denied::NotYetValid));
    assert_eq!(at(NOW), Ok(()));
    assert_eq!(at(NOW + 600 + u64::from(SKEW)), Err(Denied::Expired));
    // The same claims under another signature are not remembered.
    let forged = format!("{}A{}", &header[..header.len() - 5], &header[header.len() - 4..]);
    assert!(verifier.authenticate(Some(&forged), NOW).is_err() || forged == header);
}

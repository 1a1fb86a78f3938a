//! What holds of any token, any owner and any caller.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod support;

use access::table::Answer;
use access::{Caller, Denied, Owner, Policy, Relation, Rule, Scope, TABLE, Verifier};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use portfolio::Evaluators;
use proptest::prelude::*;
use serde_json::json;
use support::{NOW, claims, pairs, policy, token, verifier, verifier_with};

/// A character that may stand in a token, or anything else.
fn any_character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::ranges(vec!['A'..='Z', 'a'..='z', '0'..='9', '-'..='-', '_'..='_', '.'..='.'].into()),
        1 => any::<char>(),
    ]
}

fn any_algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(vec![
        Algorithm::EdDSA,
        Algorithm::ES256,
        Algorithm::RS256,
        Algorithm::HS256,
    ])
}

fn is_accepted(verifier: &Verifier, header: &str) -> bool {
    verifier.authenticate(Some(header), NOW).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// Whatever is changed in a good token, it is good no more; even where the verifier remembers the good one.
    #[test]
    fn a_token_that_was_changed_is_refused(
        which in 0..3usize,
        at in any::<prop::sample::Index>(),
        instead in any_character(),
        how in 0..3u8,
    ) {
        let pair = &pairs()[which];
        let good = pair.token(&claims());
        let verifier = verifier();
        prop_assert!(is_accepted(&verifier, &good));
        let token: Vec<char> = good.strip_prefix("Bearer ").unwrap().chars().collect();
        let at = at.index(token.len());
        let mut changed = token.clone();
        match how {
            0 => changed[at] = instead,
            1 => changed.insert(at, instead),
            _ => drop(changed.remove(at)),
        }
        let changed: String = changed.into_iter().collect();
        let same = changed.trim() == token.into_iter().collect::<String>();
        prop_assert_eq!(is_accepted(&verifier, &format!("Bearer {changed}")), same, "{}", changed);
    }

    /// A header, claims and a signature of different tokens do not make one.
    #[test]
    fn pieces_of_good_tokens_make_no_token(which in prop::array::uniform3(0..6usize)) {
        let others = || {
            let mut claims = claims();
            claims["sub"] = json!("somebody-else");
            claims
        };
        let tokens: Vec<_> = pairs().iter().flat_map(|pair| [pair.token(&claims()), pair.token(&others())]).collect();
        let piece = |token: usize, piece: usize| {
            tokens[token].strip_prefix("Bearer ").unwrap().split('.').nth(piece).unwrap().to_owned()
        };
        let [header, payload, signature] = which;
        let made = format!("Bearer {}.{}.{}", piece(header, 0), piece(payload, 1), piece(signature, 2));
        prop_assert_eq!(is_accepted(&verifier(), &made), tokens.contains(&made));
    }

    /// The key is the one that is named, and the algorithm the key's own, or there is no way in.
    #[test]
    fn keys_and_algorithms_are_not_confused(
        signer in 0..3usize,
        kid in prop::option::of(prop::sample::select(vec!["ed", "ec", "rsa", "", "../ed", "ed\0", "ED", "https://elsewhere.example"])),
        algorithm in any_algorithm(),
    ) {
        let pair = &pairs()[signer];
        let secret = EncodingKey::from_secret(pair.jwk().to_string().as_bytes());
        let header = match algorithm {
            Algorithm::HS256 => token(algorithm, kid, &claims(), &secret),
            // The signature under another algorithm's name: a key cannot sign for it.
            other if other != pair.algorithm => {
                let good = pair.token_naming(kid, &claims());
                let (_, rest) = good.split_once('.').unwrap();
                let mut header = Header::new(other);
                header.kid = kid.map(ToOwned::to_owned);
                let header = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap());
                format!("Bearer {header}.{rest}")
            }
            _ => pair.token_naming(kid, &claims()),
        };
        let right = kid == Some(pair.id) && algorithm == pair.algorithm;
        prop_assert_eq!(is_accepted(&verifier(), &header), right);
    }

    /// A token is good from `nbf` to `exp`, with the skew on either side, and not a second longer.
    #[test]
    fn times_are_kept_to_the_second(
        expires in -1000..1000i64,
        begins in prop::option::of(-1000..1000i64),
        skew in 0..600u32,
        later in prop::collection::vec(-1000..1000i64, 1..4),
    ) {
        let verifier = verifier_with(Policy { skew_seconds: skew, ..policy() });
        let at = |offset: i64| NOW.checked_add_signed(offset).unwrap();
        let mut claims = claims();
        claims["exp"] = at(expires).into();
        if let Some(begins) = begins {
            claims["nbf"] = at(begins).into();
        }
        let header = pairs()[0].token(&claims);
        let skew = i64::from(skew.min(300));
        for offset in later {
            let outcome = verifier.authenticate(Some(&header), at(offset)).map(|_| ());
            let expected = if offset >= expires + skew {
                Err(Denied::Expired)
            } else if begins.is_some_and(|begins| offset + skew < begins) {
                Err(Denied::NotYetValid)
            } else {
                Ok(())
            };
            prop_assert_eq!(outcome, expected);
        }
    }

    #[test]
    fn whatever_is_sent_is_answered(header in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let verifier = verifier();
        prop_assert!(!is_accepted(&verifier, &header));
        let token = format!("Bearer {}", String::from_utf8_lossy(&bytes));
        prop_assert!(!is_accepted(&verifier, &token));
        // No set of keys, whatever it is, does harm either.
        let _ = access::KeySet::from_json(&bytes);
        let _ = access::KeySet::from_json(header.as_bytes());
    }

    /// Two people have two names in the ledger.
    #[test]
    fn owners_are_told_apart(
        tenants in prop::array::uniform2("[a/%25F]{1,6}"),
        subjects in prop::array::uniform2("[a/%25F]{1,6}"),
    ) {
        let owner = |index: usize| Owner { tenant: tenants[index].clone(), subject: subjects[index].clone() };
        let (one, other) = (owner(0), owner(1));
        prop_assert_eq!(one == other, one.to_string() == other.to_string());
        prop_assert_eq!(one.to_string().parse::<Owner>(), Ok(one));
    }

    /// Nothing of another tenant is seen by anybody but operators, on no route; and what one may not see does not exist.
    #[test]
    fn tenants_are_separated(
        scopes in prop::collection::vec(prop::sample::select(Scope::ALL.to_vec()), 0..4),
        rule in prop::sample::select(TABLE.to_vec()),
        tenants in prop::array::uniform2("[ab]"),
        subjects in prop::array::uniform2("[ab]"),
        assigned in prop::collection::btree_set("[ab]", 0..2),
        open in any::<bool>(),
    ) {
        let caller = Caller {
            owner: Owner { tenant: tenants[0].clone(), subject: subjects[0].clone() },
            name: None,
            scopes: scopes.iter().copied().collect(),
        };
        let owner = Owner { tenant: tenants[1].clone(), subject: subjects[1].clone() };
        let evaluators = if open { Evaluators::All } else { Evaluators::Only(assigned) };
        let relation = Relation::of(&caller, &owner, &evaluators);
        let answer = rule.answer(Some(caller.scopes), Some(relation));
        let takes_tokens = !rule.scopes().is_empty();
        let admitted = rule.scopes().iter().any(|scope| caller.scopes.contain(*scope));
        if takes_tokens && !caller.scopes.contain(Scope::Operate) && tenants[0] != tenants[1] {
            prop_assert_ne!(answer, Answer::Served);
        }
        if takes_tokens {
            prop_assert_eq!(answer == Answer::Forbidden, !admitted);
            prop_assert_eq!(rule.answer(None, Some(relation)), Answer::Unauthorized);
        }
    }
}

#[test]
fn every_route_is_found_by_its_own_path() {
    for rule in TABLE {
        let path = rule.path.replace(['{', '}'], "");
        assert_eq!(Rule::find(rule.method, &path), Some(rule));
        assert_eq!(Rule::find("TRACE", &path), None);
        assert_eq!(Rule::find(rule.method, &format!("{path}//more")), None);
    }
    assert_eq!(Rule::find("GET", "/v1/submissions/"), None);
    assert_eq!(Rule::find("GET", "//v1/submissions"), None);
}

//! Keys mean what they were made for, and no other text means anything.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use portfolio::keys::{self, Object};
use portfolio::{DocumentId, Role, SubmissionId};
use proptest::prelude::*;

fn object() -> impl Strategy<Value = Object> {
    prop_oneof![
        Just(Object::Original),
        Just(Object::Callback),
        any::<u16>().prop_map(Object::Normalized),
        Just(Object::Verified),
        "[a-z][a-z0-9-]{0,63}".prop_map(|role| Object::Partial(role.parse().unwrap())),
        "[a-z][a-z0-9-]{0,63}".prop_map(|role| Object::Derived(role.parse().unwrap())),
        "[a-z][a-z0-9-]{0,63}".prop_map(|role| Object::Returned(role.parse().unwrap())),
    ]
}

proptest! {
    #[test]
    fn a_key_is_read_as_it_was_made(
        submission: (u64, [u8; 10]), document: (u64, [u8; 10]), object in object(),
    ) {
        let submission = SubmissionId::from_parts(submission.0, submission.1);
        let document = DocumentId::from_parts(document.0, document.1);
        let key = keys::of(&submission, &document, &object);
        prop_assert!(key.len() <= 160 && key.is_ascii());
        prop_assert_eq!(keys::parse(&key), Some((submission, document, object)));
        prop_assert_eq!(keys::submission_of_manifest(&key), None);

        let manifest = keys::manifest(&submission);
        prop_assert_eq!(keys::submission_of_manifest(&manifest), Some(submission));
        prop_assert_eq!(keys::parse(&manifest), None);
    }

    /// One changed, added or removed character makes another key, which means something else or nothing.
    #[test]
    fn no_other_text_means_the_same(at in 0..100_usize, replacement in "\\PC{0,2}", object in object()) {
        let submission = SubmissionId::from_parts(1, [7; 10]);
        let document = DocumentId::from_parts(2, [9; 10]);
        let key = keys::of(&submission, &document, &object);
        let at = at.min(key.len() - 1);
        let changed = format!("{}{replacement}{}", &key[..at], &key[at + 1..]);
        if let Some((submission, document, object)) = keys::parse(&changed) {
            prop_assert_eq!(keys::of(&submission, &document, &object), changed);
        }
    }

    #[test]
    fn any_text_can_be_asked_for(text in "\\PC*") {
        prop_assert_eq!(keys::parse(&text), None);
        prop_assert_eq!(text.parse::<Role>().is_ok(), !text.is_empty() && text.len() <= 64
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && text.starts_with(|c: char| c.is_ascii_lowercase()));
    }
}

#[test]
fn an_id_has_one_spelling() {
    let id = "0197c2a0-6d5e-7cc1-8a2b-3f4e5d6c7b8a";
    assert_eq!(id.parse::<DocumentId>().unwrap().to_string(), id);
    for other in [
        "0197C2A0-6D5E-7CC1-8A2B-3F4E5D6C7B8A",
        "0197c2a06d5e7cc18a2b3f4e5d6c7b8a",
        "{0197c2a0-6d5e-7cc1-8a2b-3f4e5d6c7b8a}",
        "urn:uuid:0197c2a0-6d5e-7cc1-8a2b-3f4e5d6c7b8a",
        "0197c2a0-6d5e-4cc1-8a2b-3f4e5d6c7b8a",
        "00000000-0000-0000-0000-000000000000",
        "",
    ] {
        assert!(other.parse::<DocumentId>().is_err(), "{other}");
    }
}

#[test]
fn generated_ids_are_in_the_order_of_their_creation() {
    let ids: Vec<_> = std::iter::repeat_with(DocumentId::generate).take(100).collect();
    assert!(ids.is_sorted());
    assert!(ids.iter().all(|id| id.to_string().parse() == Ok(*id)));
}

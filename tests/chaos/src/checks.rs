//! What must hold afterwards, seen from the outside.

use std::collections::{BTreeMap, BTreeSet};

use api::operations::History;
use api::submissions::{Event, State};
use serde_json::Value;

/// What happens to a document once, or once more after each time that an operator set it on its way again.
const ONCE: [&str; 4] = ["uploaded", "callback-received", "verified", "normalized"];

/// Everything that is wrong with a document's way.
pub fn walk(history: &[Event]) -> Vec<String> {
    let mut wrong = Vec::new();
    match history.first() {
        Some(first) if first.state == State::AwaitingUpload => {}
        _ => wrong.push("its history does not begin with its creation".to_owned()),
    }
    for (earlier, later) in history.iter().zip(history.iter().skip(1)) {
        if !may_follow(earlier.state, later) {
            wrong.push(format!(
                "{:?} follows {:?} ({})",
                later.state, earlier.state, later.event
            ));
        }
    }
    let often = |name: &str| history.iter().filter(|event| event.event == name).count();
    for name in ONCE {
        if often(name) > 1 + often("redriven") {
            wrong.push(format!("{name} happened {} times", often(name)));
        }
    }
    wrong
}

fn may_follow(from: State, to: &Event) -> bool {
    use State::{AwaitingUpload, Failed, InReview, Normalizing, Ready, Transferring, Uploaded, Verifying};
    let next: &[State] = match from {
        AwaitingUpload => &[AwaitingUpload, Uploaded, Failed],
        // A callback may overtake the third party's own answer, so a step may be left out.
        Uploaded => &[Uploaded, Transferring, Verifying, Failed],
        Transferring => &[Transferring, InReview, Verifying, Failed],
        // The callback was overdue: the third party is asked again.
        InReview => &[InReview, Transferring, Verifying, Failed],
        Verifying => &[Verifying, Normalizing, Failed],
        Normalizing => &[Normalizing, Ready, Failed],
        Failed if to.event == "redriven" => &[Uploaded, Transferring, Verifying, Normalizing],
        Failed | Ready => &[],
    };
    next.contains(&to.state)
}

/// What is wrong with an end: a document is ready, or has failed with a reason.
pub fn end(history: &History) -> Option<String> {
    match (history.state, &history.failure) {
        (State::Ready, None) => None,
        (State::Failed, Some(failure)) if !failure.code.is_empty() && !failure.message.is_empty() => None,
        (State::Failed, _) => Some("it failed without a reason".to_owned()),
        (State::Ready, Some(_)) => Some("it is ready, and has a reason of a failure".to_owned()),
        (state, _) => Some(format!("it is still {state:?}")),
    }
}

/// A canonical document without what differs from run to run: ids, times, and the names that a storm gives.
pub fn comparable(document: &Value) -> Value {
    let mut document = document.clone();
    for pointer in [
        "/submission",
        "/document",
        "/source/href",
        "/source/name",
        "/review/id",
        "/review/requested_at",
        "/review/completed_at",
    ] {
        if let Some(value) = document.pointer_mut(pointer) {
            *value = Value::Null;
        }
    }
    for file in document["files"].as_array_mut().into_iter().flatten() {
        file["href"] = Value::Null;
    }
    document
}

/// The idempotency keys under which the third party was asked for each document.
pub fn keys(review_log: &[Value]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in review_log.iter().filter(|entry| entry["event"] == "request") {
        let reference = entry["reference"].as_str().unwrap_or("(none)");
        let key = entry["idempotency_key"].as_str().unwrap_or("(none)");
        keys.entry(reference).or_default().insert(key);
    }
    keys
}

/// Whether a key is one under which a document may be sent: its id, and after each time that an operator set it on its way
/// again perhaps another, because the third party would answer the old one with the old review.
pub fn is_key_of(key: &str, document: &str, history: &[Event]) -> bool {
    let rounds = history.iter().filter(|event| event.event == "redriven").count();
    let round = match key.strip_prefix(document) {
        Some("") => return true,
        Some(rest) => rest.strip_prefix('-').and_then(|round| round.parse().ok()),
        None => None,
    };
    round.is_some_and(|round| (1..=rounds).contains(&round))
}

/// How often the third party misbehaved, by kind.
pub fn misbehaviour(review_log: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for behaviour in review_log.iter().filter_map(|entry| entry["behaviour"].as_str()) {
        *counts.entry(behaviour.to_owned()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(events: &[(&str, State)]) -> Vec<Event> {
        events
            .iter()
            .map(|(event, state)| Event {
                event: (*event).to_owned(),
                state: *state,
                at: std::time::SystemTime::UNIX_EPOCH.try_into().unwrap_or_default(),
                detail: None,
            })
            .collect()
    }

    fn way(events: &[(&str, State)]) -> Vec<String> {
        walk(&history(events))
    }

    #[test]
    fn a_document_has_one_key_and_another_after_each_redrive() {
        let redriven = history(&[("redriven", State::Transferring)]);
        assert!(is_key_of("a", "a", &[]));
        for (key, expected) in [
            ("a", true),
            ("a-1", true),
            ("a-2", false),
            ("a-", false),
            ("b", false),
            ("ab", false),
        ] {
            assert_eq!(is_key_of(key, "a", &redriven), expected, "{key}");
        }
        assert!(!is_key_of("a-1", "a", &[]));
    }

    #[test]
    fn a_way_leads_forward_or_is_repeated() {
        use State::{AwaitingUpload, Failed, InReview, Normalizing, Ready, Transferring, Uploaded, Verifying};
        let good = [
            ("created", AwaitingUpload),
            ("uploaded", Uploaded),
            ("received", Transferring),
            ("attempt-failed", Transferring),
            ("accepted", InReview),
            ("callback-overdue", InReview),
            ("received", Transferring),
            ("callback-received", Verifying),
            ("dead-lettered", Failed),
            ("redriven", Verifying),
            ("verified", Normalizing),
            ("normalized", Ready),
        ];
        assert_eq!(way(&good), Vec::<String>::new());
        assert_eq!(way(&good[1..]).len(), 1, "the creation is missing");
        let after_the_end = [&good[..], &[("received", Normalizing)]].concat();
        assert_eq!(way(&after_the_end), ["Normalizing follows Ready (received)"]);
        let twice = [&good[..8], &[("callback-received", Verifying)]].concat();
        assert_eq!(way(&twice), ["callback-received happened 2 times"]);
    }
}

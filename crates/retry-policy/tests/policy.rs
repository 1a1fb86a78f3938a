//! Policies as operators write them, and what holds for every policy.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use retry_policy::{RetryAfter, RetryPolicy};

fn seconds(policy: &RetryPolicy, failures: u32) -> Option<u64> {
    policy.delay(failures, 0.5).map(|delay| delay.as_secs())
}

#[test]
fn an_empty_policy_has_the_defaults_of_the_states_language() {
    let policy: RetryPolicy = "{}".parse().unwrap();
    assert_eq!(policy, RetryPolicy::default());
    let delays: Vec<_> = (1..=4).map(|failures| seconds(&policy, failures)).collect();
    assert_eq!(delays, [Some(1), Some(2), Some(4), None]);
    assert_eq!(policy.timeout(), None);
}

/// The example of the specification's section on retriers: 3 s, 4.5 s, then no more.
#[test]
fn the_specification_s_example_gives_the_specification_s_delays() {
    let policy: RetryPolicy = r#"{"IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 1.5}"#
        .parse()
        .unwrap();
    let delays: Vec<_> = (1..=3).map(|failures| policy.delay(failures, 0.0)).collect();
    assert_eq!(
        delays,
        [Some(Duration::from_secs(3)), Some(Duration::from_millis(4500)), None]
    );
}

#[test]
fn no_attempts_means_no_retry() {
    let policy: RetryPolicy = r#"{"MaxAttempts": 0}"#.parse().unwrap();
    assert_eq!(policy.delay(1, 0.0), None);
}

#[test]
fn full_jitter_draws_from_nothing_to_the_computed_delay() {
    let policy: RetryPolicy = r#"{"IntervalSeconds": 8, "JitterStrategy": "FULL"}"#.parse().unwrap();
    assert_eq!(policy.delay(1, 0.0), Some(Duration::ZERO));
    assert_eq!(policy.delay(1, 0.25), Some(Duration::from_secs(2)));
    assert_eq!(policy.delay(2, 0.25), Some(Duration::from_secs(4)));
}

#[test]
fn retry_after_wins_but_not_over_the_cap_nor_over_a_spent_policy() {
    let policy: RetryPolicy = r#"{"MaxAttempts": 2, "MaxDelaySeconds": 60}"#.parse().unwrap();
    let uncapped = RetryPolicy::default();
    let after = |value: &str| RetryAfter::parse(value, SystemTime::UNIX_EPOCH);
    let of =
        |policy: &RetryPolicy, failures, value| policy.delay_after(failures, 0.0, after(value)).map(|d| d.as_secs());

    assert_eq!(of(&policy, 1, "20"), Some(20));
    assert_eq!(of(&policy, 1, "0"), Some(0));
    assert_eq!(of(&policy, 1, "86400"), Some(60));
    assert_eq!(of(&policy, 1, "99999999999999999999999"), Some(60));
    assert_eq!(of(&uncapped, 1, "86400"), Some(3600));
    assert_eq!(of(&policy, 3, "20"), None);
    assert_eq!(of(&policy, 2, "soon"), Some(2), "what cannot be read counts as absent");
    assert_eq!(of(&policy, 2, "-1"), Some(2));
    assert_eq!(of(&policy, 2, ""), Some(2));
}

/// The three formats of RFC 9110, section 5.6.7, which name the same instant.
#[test]
fn retry_after_reads_every_format_of_an_http_date() {
    let instant = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let before = instant - Duration::from_secs(90);
    for date in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ] {
        assert_eq!(
            RetryAfter::parse(date, before).unwrap().delay(),
            Duration::from_secs(90),
            "{date}"
        );
        let late = instant + Duration::from_secs(1);
        assert_eq!(RetryAfter::parse(date, late).unwrap().delay(), Duration::ZERO, "{date}");
    }
}

#[test]
fn what_is_wrong_is_shown_with_a_correct_example() {
    let wrong = [
        ("3 times", "expected"),
        (r#"{"MaxAttemps": 3}"#, "unknown field `MaxAttemps`"),
        (r#"{"MaxAttempts": -1}"#, "invalid value"),
        (r#"{"MaxAttempts": 100000000}"#, "`MaxAttempts` must be"),
        (r#"{"IntervalSeconds": 0}"#, "`IntervalSeconds` must be"),
        (r#"{"BackoffRate": 0.5}"#, "`BackoffRate` must be"),
        (
            r#"{"IntervalSeconds": 9, "MaxDelaySeconds": 8}"#,
            "`MaxDelaySeconds` must be",
        ),
        (r#"{"JitterStrategy": "SOME"}"#, "unknown variant `SOME`"),
        (r#"{"TimeoutSeconds": 0}"#, "`TimeoutSeconds` must be"),
    ];
    for (text, reason) in wrong {
        let message = text.parse::<RetryPolicy>().expect_err(text).to_string();
        assert!(message.contains(text) && message.contains(reason), "{message}");
        let (_, example) = message.split_once("A correct one: ").expect("an example");
        example.parse::<RetryPolicy>().expect("the example is correct");
    }
}

proptest! {
    /// Every policy ends, no delay is longer than its maximum, and without jitter no delay is shorter than the last.
    #[test]
    fn every_policy_is_bounded_and_ends(
        interval in 1_u64..1_000_000,
        attempts in 0_u32..200,
        rate in 1.0_f64..1e6,
        headroom in prop::option::of(0_u64..1_000_000),
        jitter: bool,
        random in 0.0_f64..1.0,
    ) {
        let longest = headroom.map(|headroom| interval + headroom);
        let maximum = longest.map(|seconds| format!(r#", "MaxDelaySeconds": {seconds}"#)).unwrap_or_default();
        let strategy = if jitter { "FULL" } else { "NONE" };
        let text = format!(
            r#"{{"IntervalSeconds": {interval}, "MaxAttempts": {attempts}, "BackoffRate": {rate:?}, "JitterStrategy": "{strategy}"{maximum}}}"#
        );
        let policy: RetryPolicy = text.parse().unwrap();
        let limit = Duration::from_secs(longest.unwrap_or(31_622_400));
        let mut previous = Duration::ZERO;
        for failures in 1..=attempts {
            let delay = policy.delay(failures, random).expect("not spent yet");
            prop_assert!(delay <= limit);
            prop_assert!(jitter || delay >= previous);
            previous = delay;
        }
        prop_assert_eq!(policy.delay(attempts + 1, random), None);
        prop_assert_eq!(policy.delay(u32::MAX, random), None);
    }
}

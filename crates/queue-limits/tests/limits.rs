//! What an operator may write, and what they are told when they may not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::time::Duration;

use ledger::Limits;

#[test]
fn everything_may_be_left_out() {
    assert_eq!(queue_limits::parse("{}").unwrap(), Limits::default());
    let breaker = queue_limits::parse(r#"{"CircuitBreaker":{}}"#)
        .unwrap()
        .breaker
        .unwrap();
    assert_eq!(
        (breaker.threshold, breaker.probe_interval),
        (5, Duration::from_secs(15))
    );
}

#[test]
fn the_example_in_the_message_is_correct() {
    let message = queue_limits::parse("nonsense").unwrap_err().to_string();
    let (_, example) = message.split_once("left out): ").unwrap();
    let limits = queue_limits::parse(example).unwrap();
    assert!(limits.max_in_flight.is_some() && limits.max_waiting.is_some());
    assert!(limits.rate.is_some() && limits.breaker.is_some());
}

#[test]
fn what_is_wrong_is_named_beside_what_was_written() {
    for (text, named) in [
        ("", "EOF"),
        ("[1]", "invalid"),
        (r#"{"MaxInflight":3}"#, "MaxInflight"),
        (r#"{"MaxInFlight":0}"#, "at least 1"),
        (r#"{"MaxInFlight":-1}"#, "-1"),
        (r#"{"Burst":3}"#, "RatePerSecond"),
        (r#"{"RatePerSecond":0}"#, "RatePerSecond"),
        (r#"{"RatePerSecond":1,"Burst":0}"#, "Burst"),
        (r#"{"CircuitBreaker":{"FailureThreshold":1}}"#, "at least 2"),
        (
            r#"{"CircuitBreaker":{"ProbeIntervalSeconds":0}}"#,
            "ProbeIntervalSeconds",
        ),
        (
            r#"{"CircuitBreaker":{"ProbeIntervalSeconds":400}}"#,
            "MaxProbeIntervalSeconds",
        ),
    ] {
        let message = queue_limits::parse(text).unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{text}`")), "{message}");
        assert!(message.contains(named), "{message}");
    }
}

//! Retry policies, limits of queues, and `Retry-After`.

#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use retry_policy::{RetryAfter, RetryPolicy};

fuzz_target!(|text: &str| {
    let asked = RetryAfter::parse(text, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let _ = queue_limits::parse(text);
    let Ok(policy) = text.parse::<RetryPolicy>() else { return };
    for failures in [0, 1, 2, 10, 1_000, u32::MAX] {
        for random in [0.0, 0.5, 1.0 - f64::EPSILON] {
            let _ = policy.delay(failures, random);
            let _ = policy.delay_after(failures, random, asked);
        }
    }
});

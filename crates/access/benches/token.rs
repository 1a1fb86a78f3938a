//! What checking a token costs: reading the keys and checking the signature, checking it with keys that were read, and
//! finding a token that was checked before. `cargo bench -p access`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on should panic")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use access::{KeySet, Verifier};
use support::{NOW, claims, key_set, pairs, policy};

/// The median of many turns.
fn median(mut turn: impl FnMut() -> Duration) -> Duration {
    let mut turns: Vec<_> = (0..301).map(|_| turn()).collect();
    turns.sort_unstable();
    turns[turns.len() / 2]
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn main() {
    let jwks = pairs().map(|pair| pair.jwk());
    let set = key_set(&jwks);
    println!(
        "{:>8} {:>14} {:>14} {:>14} {:>8}",
        "", "first", "keys read", "remembered", "ratio"
    );
    for pair in pairs() {
        let header = pair.token(&claims());
        let new = || Verifier::new(KeySet::from_json(set.as_bytes()).unwrap(), policy());
        let check = |verifier: &Verifier| {
            black_box(verifier.authenticate(Some(&header), NOW)).unwrap();
        };
        let first = median(|| timed(|| check(&new())));
        let keys_read = median(|| {
            let verifier = new();
            timed(|| check(&verifier))
        });
        let verifier = new();
        let remembered = median(|| timed(|| check(&verifier)));
        let ratio = first.as_secs_f64() / remembered.as_secs_f64();
        println!(
            "{:>8} {first:>14.1?} {keys_read:>14.1?} {remembered:>14.1?} {ratio:>7.1}x",
            format!("{:?}", pair.algorithm)
        );
    }
}

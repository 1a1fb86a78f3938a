//! What happens to the application and to what it stands on, and when: all of it follows from the seed.

use std::time::Duration;

use fastrand::Rng;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// A host is killed, in the middle of whatever it does.
    KillHost(usize),
    /// Redis is killed, and started again from its append-only file.
    KillRedis,
    /// Redis hangs for this long: connections stay, answers do not come. Components wait for five seconds; some hang longer.
    FreezeRedis(Duration),
    /// The bucket answers 503 for this long.
    CloseBucket(Duration),
}

/// Something that goes wrong at some time after the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// When.
    pub at: Duration,
    /// What.
    pub what: Disturbance,
}

/// The mean pause between two of each kind.
const BETWEEN_HOST_KILLS: f64 = 3.0;
const BETWEEN_REDIS_KILLS: f64 = 13.0;
const BETWEEN_REDIS_FREEZES: f64 = 17.0;
const BETWEEN_BUCKET_CLOSURES: f64 = 9.0;

/// Everything that goes wrong within a time, in order.
pub fn plan(rng: &mut Rng, within: Duration, hosts: usize) -> Vec<Planned> {
    let mut planned = Vec::new();
    let mut of_a_kind = |rng: &mut Rng, mean: f64, what: &dyn Fn(&mut Rng) -> Disturbance| {
        let mut at = mean * rng.f64();
        while at < within.as_secs_f64() {
            planned.push(Planned {
                at: Duration::from_secs_f64(at),
                what: what(rng),
            });
            at += mean * (0.5 + rng.f64());
        }
    };
    of_a_kind(rng, BETWEEN_HOST_KILLS, &|rng| {
        Disturbance::KillHost(rng.usize(..hosts))
    });
    of_a_kind(rng, BETWEEN_REDIS_KILLS, &|_| Disturbance::KillRedis);
    of_a_kind(rng, BETWEEN_REDIS_FREEZES, &|rng| {
        Disturbance::FreezeRedis(milliseconds(rng, 200..7000))
    });
    of_a_kind(rng, BETWEEN_BUCKET_CLOSURES, &|rng| {
        Disturbance::CloseBucket(milliseconds(rng, 200..3000))
    });
    planned.sort_by_key(|planned| planned.at);
    planned
}

fn milliseconds(rng: &mut Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.u64(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_plan() {
        let of = |seed| plan(&mut Rng::with_seed(seed), Duration::from_secs(60), 2);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        for wanted in [
            Disturbance::KillHost(0),
            Disturbance::KillHost(1),
            Disturbance::KillRedis,
        ] {
            assert!(of(1).iter().any(|planned| planned.what == wanted), "{wanted:?}");
        }
        assert!(of(1).is_sorted_by_key(|planned| planned.at));
    }
}

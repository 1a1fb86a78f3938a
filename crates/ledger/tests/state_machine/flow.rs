//! A queue's flow control in the model.

#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the model counts to a few thousand"
)]

use std::collections::BTreeSet;

use ledger::{HeldBack, Limits};

/// What keeps workers from a queue. Times are in minutes.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub is_paused: bool,
    pub limits: Limits,
    /// Why the latest worker got less than was due, and until when that holds.
    pub hold: Option<(HeldBack, u64)>,
    /// The tokens, and when they were counted.
    tokens: Option<(f64, u64)>,
    breaker: Option<Breaker>,
    /// The documents for which, in a row, the third party did not do its part.
    failing: BTreeSet<String>,
}

/// A circuit breaker that is not closed.
#[derive(Debug, Clone, Copy)]
struct Breaker {
    is_probing: bool,
    since: u64,
    until: u64,
    interval: u64,
}

/// What a worker may take.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    pub room: usize,
    pub reason: Option<(HeldBack, u64)>,
    pub is_probe: bool,
    tokens: Option<f64>,
}

impl Allowance {
    fn bound(&mut self, room: i64, reason: HeldBack, until: u64) {
        let room = usize::try_from(room).unwrap_or(0);
        if room < self.room {
            self.room = room;
            self.reason = Some((reason, until));
        }
    }
}

/// When what others have ends that has not ended yet.
#[derive(Debug, Clone, Default)]
pub struct Others {
    pub leased: Vec<u64>,
    pub waiting: Vec<u64>,
}

impl Flow {
    pub fn is_held_back(&self, now: u64) -> bool {
        self.is_paused || self.hold.is_some_and(|(_, until)| until > now)
    }

    pub fn allowance(&mut self, wanted: usize, lease: u64, others: &Others, now: u64) -> Allowance {
        let mut allowed = Allowance {
            room: wanted,
            reason: None,
            is_probe: false,
            tokens: None,
        };
        if self.is_paused {
            allowed.bound(0, HeldBack::Paused, u64::MAX);
            return allowed;
        }
        if self.limits.breaker.is_none() {
            self.breaker = None;
        }
        match self.breaker {
            Some(breaker) if breaker.until > now => allowed.bound(0, HeldBack::CircuitOpen, breaker.until),
            Some(_) => {
                allowed.is_probe = true;
                allowed.bound(1, HeldBack::CircuitOpen, now + lease);
            }
            None => {}
        }
        let leased = others.leased.len() as i64;
        let first = |ends: &[u64]| ends.iter().min().copied().unwrap_or(u64::MAX);
        let lease_end = first(&others.leased).min(now + lease);
        if let Some(most) = self.limits.max_in_flight {
            allowed.bound(i64::from(most) - leased, HeldBack::InFlight, lease_end);
        }
        if let Some(most) = self.limits.max_waiting {
            let room = i64::from(most) - others.waiting.len() as i64 - leased;
            allowed.bound(room, HeldBack::Waiting, first(&others.waiting).min(lease_end));
        }
        if let Some(rate) = self.limits.rate {
            let burst = f64::from(rate.burst);
            let tokens = self.tokens.map_or(burst, |(tokens, at)| {
                ((now - at) as f64).mul_add(60.0 * rate.per_second, tokens).min(burst)
            });
            let missing = (tokens.floor() + 1.0 - tokens) / rate.per_second / 60.0;
            allowed.bound(tokens.floor() as i64, HeldBack::Rate, now + missing.round() as u64);
            allowed.tokens = Some(tokens);
        }
        allowed
    }

    /// What a worker has taken; whether more is due says whether it was held back.
    pub fn taken(
        &mut self,
        allowed: Allowance,
        taken: usize,
        is_more_due: bool,
        lease: u64,
        now: u64,
    ) -> Option<HeldBack> {
        if let Some(tokens) = allowed.tokens {
            self.tokens = Some((tokens - taken as f64, now));
        }
        if let Some(breaker) = self.breaker.as_mut().filter(|_| allowed.is_probe && taken > 0) {
            breaker.is_probing = true;
            breaker.until = now + lease;
        }
        let reason = allowed.reason.filter(|_| is_more_due && taken == allowed.room);
        self.hold = reason.filter(|(reason, _)| *reason != HeldBack::Paused);
        reason.map(|(reason, _)| reason)
    }

    /// The third party did not do its part for a document: until when the document waits, if that does not count against
    /// its policy.
    pub fn outage(&mut self, document: &str, now: u64) -> Option<u64> {
        let limits = self.limits.breaker?;
        let minutes = |duration: std::time::Duration| duration.as_secs() / 60;
        let mut interval = minutes(limits.probe_interval);
        let since = match self.breaker {
            None => {
                self.failing.insert(document.to_owned());
                if self.failing.len() < limits.threshold as usize {
                    return None;
                }
                self.failing.clear();
                now
            }
            Some(breaker) if breaker.is_probing => {
                interval = (2 * breaker.interval).min(minutes(limits.max_probe_interval));
                breaker.since
            }
            Some(breaker) => return (now - breaker.since < minutes(limits.max_open)).then_some(breaker.until),
        };
        let was_open = self.breaker.is_some();
        let until = now + interval;
        self.breaker = Some(Breaker {
            is_probing: false,
            since,
            until,
            interval,
        });
        self.hold = Some((HeldBack::CircuitOpen, until));
        (was_open && now - since < minutes(limits.max_open)).then_some(until)
    }

    /// An item has left its worker's hands. Whether there may be room for another.
    pub fn settled(&mut self, is_up: bool) -> bool {
        if is_up {
            self.failing.clear();
            self.breaker = None;
        }
        let ends = self.hold.is_some_and(|(reason, _)| match reason {
            HeldBack::InFlight | HeldBack::Waiting => true,
            HeldBack::CircuitOpen => is_up,
            HeldBack::Rate | HeldBack::Paused => false,
        });
        if ends {
            self.hold = None;
        }
        ends
    }
}

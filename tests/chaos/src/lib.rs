//! The tests that try to lose something.
//!
//! Two ways, both through the real components, with hosts in processes of their own that die as processes do:
//!
//! - `tests/crash_points.rs` crashes before and after *every* effect that a component has on the outside, one at a time,
//!   and a document must still end well;
//! - a storm ([`storm::rage`], the command `chaos`) hands in hundreds of documents while hosts and Redis are killed, Redis
//!   hangs, the bucket is away and the review service misbehaves in every way that it knows, all at once. What happens and
//!   when follows from a seed; the moment's chance is the machine's. Afterwards the books are checked from the outside: the
//!   operator's histories, the database, the third party's log.
//!
//! # Layout
//!
//! | module | |
//! | --- | --- |
//! | [`plan`] | what is handed in, when, and how the review service treats it |
//! | [`disturbance`] | what goes wrong, and when |
//! | [`storm`] | a storm from its beginning to its report |
//! | [`checks`] | what must hold afterwards |
//! | [`report`] | the figures |
//! | [`cluster`] | services, hosts and what to ask of them |
//! | [`balancer`] | the load balancer before the hosts |
//! | [`teacher`] | handing in, with patience |

pub mod balancer;
pub mod checks;
pub mod cluster;
pub mod disturbance;
pub mod plan;
pub mod report;
pub mod storm;
pub mod teacher;

//! A storm: hundreds of documents are handed in while everything goes wrong at once, and nothing may be lost.
//!
//! The components are the real ones, on hosts in processes of their own. Hosts and Redis are killed, Redis hangs, the bucket
//! is away, and the review service misbehaves in every way that it knows. What happens, and when, follows from a seed; the
//! moment's chance is the machine's. Afterwards the books are checked from the outside: the operator's histories, the
//! database, the third party's log.
//!
//! The command is `chaos` (`cargo xtask chaos`); a short storm is among the end-to-end tests (`tests/tests/storm.rs`), and so
//! is the other test that tries to lose something, with the same cluster: a crash before and after every single effect that
//! a component has on the outside (`tests/tests/crash_points.rs`).
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

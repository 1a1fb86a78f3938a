//! The bucket, as clients see it: over real sockets, with real signatures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod boto3;
mod browser;
mod durability;
mod faults;
mod harness;
mod model;
mod multipart;
mod notifications;
mod streaming;

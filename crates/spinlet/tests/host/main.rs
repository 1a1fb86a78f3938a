//! The host, held against Spin: real components, over HTTP and a real Redis.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod cases;
mod effects;
mod instances;
mod redis_trigger;
mod refused;
mod reload;
mod rig;

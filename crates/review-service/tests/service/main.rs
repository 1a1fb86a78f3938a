//! The service from outside: over HTTP, by a client that knows `API.md` and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod behaviour;
mod client;
mod delivery;
mod documents;
mod requests;

//! The ledger against a plain model of it: any operations, in any order, by any number of workers, with leases that run
//! out and receipts that are stale, must do in Redis what they do in the model.
//!
//! Scripts are atomic, so concurrent workers are their operations in some order, and a sequence of operations, with
//! receipts of any age, is all that several workers can do.
//!
//! Time in the model is counted in minutes. Each operation happens an hour after the one before it, and each duration is
//! some hours and as many minutes as operations have happened: so no two of them end in the same minute, and the order in
//! which items become due is known, although the real clock goes on underneath.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]
#![allow(unreachable_pub, reason = "the modules of a test")]

mod checks;
mod choice;
mod dead_letters;
mod document;
mod flow;
mod handing_in;
mod model;
mod operation;
mod settling;
#[path = "../support/mod.rs"]
mod support;
mod system;

use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::{model::Model, system::System};

#[test]
fn redis_does_what_the_model_does() {
    let _server = system::Server::start();
    let config = Config {
        cases: 160,
        max_shrink_iters: 2_000,
        source_file: Some(file!()),
        test_name: Some("redis_does_what_the_model_does"),
        ..Config::default()
    };
    let result =
        TestRunner::new(config.clone()).run(&Model::sequential_strategy(1..60), |(model, operations, seen)| {
            System::test_sequential(config.clone(), model, operations, seen);
            Ok(())
        });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

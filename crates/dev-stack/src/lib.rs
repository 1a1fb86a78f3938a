//! Everything Dossier needs on one machine: Redis, a bucket, a review service and the application.
//!
//! In production these are four things that somebody else runs: a managed Redis, an S3, a third party, and Spin. Here
//! they start together, from nothing but this repository, for a developer (`cargo xtask up`), for the demonstration
//! (`cargo xtask demo`), and for tests, which can also take each of them away and give it back.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let stack = dev_stack::Options::new("/path/to/dossier", "/tmp/data").start().await?;
//! println!("{} for a teacher with the token {}", stack.application().url(), stack.tokens().teacher);
//! stack.redis().kill()?; // it comes back, and the application with it
//! stack.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//!
//! | module | |
//! | --- | --- |
//! | [`stack`] | the parts together |
//! | [`services`] | the parts without the application |
//! | [`redis`] | Redis as a child process |
//! | [`application`] | the application in the embedded host |
//! | [`host`] | the application in a process of its own, which can be killed |
//! | `supervisor` | starts a part again when it ends |
//! | [`keys`] | the development key, and tokens signed with it |
//! | [`secrets`] | what the parts share to know each other |
//! | [`ports`] | who listens where |
//! | [`folder`] | the data folder |
//! | [`client`] | a teacher's and an evaluator's client |
//! | [`upload`] | uploads that survive a bad network |
//!
//! The bucket and the review service are crates of their own.

pub mod application;
pub mod client;
pub mod error;
pub mod folder;
pub mod host;
pub mod keys;
pub mod ports;
mod prober;
pub mod redis;
pub mod secrets;
pub mod services;
pub mod stack;
mod supervisor;
pub mod upload;

pub use error::Error;
pub use services::Services;
pub use stack::{Options, Stack};

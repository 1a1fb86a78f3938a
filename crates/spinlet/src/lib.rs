//! A small embedded host that runs a Spin application in-process, for development and tests.
//!
//! It reads a `spin.toml` and does what Spin does with it, where that matters to the application: routes, instances
//! and their reuse, the serial Redis subscriber, variables, composition, and above all the denial of what the manifest
//! does not grant. What it does not implement it refuses at load, by the name of the field. It is no production host:
//! that is [Spin](https://spinframework.dev).
//!
//! # What differs from Spin
//!
//! - All triggers run in one process, where `spin up` starts one for each kind.
//! - A dependency that imports what it does not inherit is refused at load; Spin lets its calls trap.
//! - A request to a component that no HTTP trigger names fails with an error; Spin makes the caller trap.
//! - HTTP is version 1.1, outbound HTTP opens a connection per request, and Redis is reached without TLS.
//! - `wasi:sockets` and `wasi:filesystem` are there, since Rust's runtime may import them, and deny everything.
//!
//! Beyond Spin, it starts in milliseconds inside a test, runs the new code of a component whose file changed without a
//! restart, counts what each component does, lets no component that computes starve the others, and for tests ends like a
//! crash before or after any one effect that a component has on the outside ([`Effects`]).
//!
//! ```no_run
//! # async fn example() -> Result<(), spinlet::Error> {
//! let mut app = spinlet::Options::new("spin.toml")
//!     .variable("redis_address", "redis://127.0.0.1:6379")
//!     .start()
//!     .await?;
//! println!("http://{}", app.address());
//! println!("{}", app.stopped().await);
//! # Ok(())
//! # }
//! ```

mod allowed_hosts;
mod application;
mod code;
mod compose;
mod counters;
mod effects;
mod engine;
mod error;
mod guest;
mod host;
mod load;
mod manifest;
mod options;
mod routes;
mod running;
mod runtime_config;
mod slot;
mod start;
mod template;
mod trigger;
mod variables;

pub use counters::Counters;
pub use effects::{Crash, Effects, Moment, ParseCrashError};
pub use error::Error;
pub use options::Options;
pub use running::{Running, Stop};

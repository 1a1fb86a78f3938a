//! When a failed attempt is made again, as data.
//!
//! Whether and when to try again is an operator's decision, taken per queue and changed without a build. So it is a
//! variable in JSON, in the words of the [retrier of the Amazon States Language][asl], which many operators know:
//!
//! ```
//! use std::time::Duration;
//! use retry_policy::RetryPolicy;
//!
//! let policy: RetryPolicy = r#"{ "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2.0 }"#.parse()?;
//! assert_eq!(policy.delay(1, 0.0), Some(Duration::from_secs(2)));
//! assert_eq!(policy.delay(3, 0.0), Some(Duration::from_secs(8)));
//! assert_eq!(policy.delay(4, 0.0), None, "the policy is spent");
//! # Ok::<(), retry_policy::Error>(())
//! ```
//!
//! A third party that says when it wants to be asked again is believed, within a limit: see
//! [`RetryPolicy::delay_after`]. The crate does no I/O; the time and the random number are parameters.
//!
//! [asl]: https://states-language.net/#errors

mod error;
mod policy;
mod retry_after;

pub use error::Error;
pub use policy::{JitterStrategy, RetryPolicy};
pub use retry_after::RetryAfter;

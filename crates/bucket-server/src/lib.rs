//! An S3-compatible bucket for development and tests, with event notifications.
//!
//! It stands in for a real object store on a developer's machine and in tests, so it is strict where those are strict:
//! it checks signatures (headers and presigned URLs, made for the right region), checksums, conditions, the rules for
//! parts, and it refuses what it does not do. An object whose write was acknowledged survives a crash. It is no
//! production server: there is one bucket, one key pair, and no encryption.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let options = bucket_server::Options::new(folder.path());
//! let server = options.start().await?;
//! println!("the bucket is at http://{}/dossier", server.address());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//!
//! - `server` listens and ties everything together; [`Options`] and [`Running`] are its two ends.
//! - `front` stands before the protocol: faults on demand, cross-origin requests (`cors`), and what is left of a
//!   refused request's body (`rest`).
//! - `protocol` says what S3's operations mean. The `s3s` crate parses requests, checks signatures and renders answers.
//! - `store` keeps the objects: an index in SQLite, the bytes in files.
//! - `notifier` tells a webhook what happened, in MinIO's words.

mod cors;
mod error;
mod front;
mod notifier;
mod options;
mod protocol;
mod rest;
mod server;
mod store;

pub use error::Error;
pub use options::{Notifications, Options};
pub use server::Running;

//! The development stack's third party: a service that reviews lesson plans and classroom videos.
//!
//! Dossier hands documents to services like this one, which belong to somebody else. So this crate shares no code with the
//! rest of the workspace: nothing but HTTP connects the two, and `API.md` says all that a client may know. It does
//! real work — it proofreads text and reads video files — because a pipeline that carries invented results proves
//! little; and it can be told to misbehave in the ways in which such services do, because that proves most.
//!
//! ```no_run
//! # async fn example() -> Result<(), review_service::Error> {
//! let running = review_service::Options {
//!     listen: ([127, 0, 0, 1], 0).into(),
//!     data: "target/reviews".into(),
//!     token: "a token that clients know".into(),
//!     webhook_secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
//!     signing_key: None,
//!     public_origin: None,
//! }
//! .start()
//! .await?;
//! println!("http://{}/v1/reviews", running.address());
//! running.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//!
//! - `service`: options, start and stop. `http`: the routes.
//! - `reviews`: what is known about each review, in memory and on disk. `request`: what was asked for.
//! - `review`: one review from the first byte to the last; `fetch` gets the document, `text` and `film` read it,
//!   `callback` reports, `failure` says why not.
//! - `dialect`: the same in the words of LanguageTool and of AssemblyAI.
//! - `behaviour`: misbehaviour on demand. `journal`: what happened.

mod behaviour;
mod callback;
mod dialect;
mod failure;
mod fetch;
mod film;
mod http;
mod journal;
mod problem;
mod request;
mod review;
mod reviews;
mod service;
mod text;

pub use behaviour::{Behaviour, Rule, Rules};
pub use service::{Error, Limits, Options, Running};

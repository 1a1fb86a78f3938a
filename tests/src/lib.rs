//! What the end-to-end tests share: a whole stack for each test, callers of the public interface, and the interface's
//! OpenAPI description, to which every answer is held.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

mod caller;
mod contract;
mod manifest;
mod network;
mod provider;
mod rig;
mod store;
mod uploader;
pub mod versions;
pub mod wire;

pub use caller::{Answer, Caller};
pub use contract::Contract;
pub use manifest::{changed, with_assemblyai, with_languagetool};
pub use network::Network;
pub use provider::{Provider, ProviderKey};
pub use rig::{Rig, eventually, policy, project};
pub use uploader::{PART, Uploader, long_video};

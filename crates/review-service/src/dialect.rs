//! In whose words the service speaks with a client.
//!
//! The service reviews in one way and reports in several: in its own words (`API.md`), in the public format of
//! LanguageTool, and with the public interface of AssemblyAI. Clients that are written for one of those find here what
//! they know. What differs is how a review is asked for, which files it makes, and how its end is reported and signed.

pub(crate) mod assemblyai;
pub(crate) mod languagetool;

use serde::{Deserialize, Serialize};

/// How a client asked, and so how it is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub(crate) enum Dialect {
    /// The service's own.
    #[default]
    Own,
    /// `POST /v2/check`.
    LanguageTool,
    /// `POST /v2/transcript`.
    AssemblyAi(assemblyai::Webhook),
}

//! Who may read a submission.

use serde::Deserialize;
use serde_json::json;

use crate::{Call, Ledger, call::Script};

/// What came of [`Ledger::assign`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Assigned {
    /// The documents that evaluators can read already: what they read from has to learn of the change.
    #[serde(default)]
    pub ready: Vec<String>,
}

static ASSIGN: Script = Script::new("assign", include_str!("../lua/operations/assign.lua"));

impl Ledger {
    /// Says who may read a submission from now on, in words that the ledger carries and does not read; `None` when there is
    /// no such submission. Saying the same again changes nothing.
    ///
    /// A document that a worker is normalizing at this moment is taken from it and due again, so that what is written last
    /// is written for those who may read it now.
    pub fn assign(&self, submission: &str, evaluators: &str, by: &str) -> Call<Option<Assigned>> {
        self.find(
            &ASSIGN,
            json!({ "submission": submission, "evaluators": evaluators, "by": by }),
        )
    }
}

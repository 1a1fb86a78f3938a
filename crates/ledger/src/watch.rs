//! Waiting for a submission to change.
//!
//! Whoever waits first asks for the version with [`Ledger::watch`], which makes the ledger announce changes for a while.
//! If the version is still the one that is known, the command of [`Watch::command`] blocks, on a connection of its own,
//! until there is a later one. A change between the two is in the stream by then, so none is missed, and nobody has to look
//! again and again.

use std::time::Duration;

use serde_json::json;

use crate::{Call, Ledger, call::Script, wire};

/// A submission whose changes are awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    key: String,
    wait: Duration,
}

static WATCH: Script = Script::new("watch", include_str!("../lua/operations/watch.lua"));

impl Ledger {
    /// The version of a submission, whose changes are announced for the duration `wait` from now; `None` when there is no
    /// such submission.
    pub fn watch(&self, submission: &str, wait: Duration) -> Call<Option<u64>> {
        self.find(
            &WATCH,
            json!({ "submission": submission, "wait": wire::milliseconds(wait) }),
        )
    }

    /// How to wait for a change of a submission, for at most so long.
    pub fn changes(&self, submission: &str, wait: Duration) -> Watch {
        Watch {
            key: format!("{}:changes:{submission}", self.root),
            wait,
        }
    }
}

impl Watch {
    /// The command, and its arguments, that blocks until the submission has a later version than this one, or until the
    /// time is over: then its answer is nil.
    pub fn command(&self, version: u64) -> (&'static str, [String; 5]) {
        // BLOCK 0 would mean for ever.
        let milliseconds = self.wait.as_millis().max(1).to_string();
        let arguments = [
            "BLOCK".to_owned(),
            milliseconds,
            "STREAMS".to_owned(),
            self.key.clone(),
            format!("{version}-0"),
        ];
        ("XREAD", arguments)
    }
}

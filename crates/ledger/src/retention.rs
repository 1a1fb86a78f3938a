//! Retention: how long submissions are kept, and what is left of them afterwards.
//!
//! A submission that was given a time (`keep_for`) is due to be erased when nothing has happened to it for that long; one that
//! something is still being done to is not. [`Ledger::request_erasure`] has one erased at once. Whoever takes it
//! ([`Ledger::receive_erasures`]) deletes its objects and its rows, and says so ([`Ledger::erased`]); if they die in the middle
//! of it, it is due again when their lease is over. What is left is a receipt, which names nobody but who wanted it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Call, DocumentRecord, Ledger, Timestamp, call::Script, wire};

/// The queue of submissions that are to be erased: its bell and its alarm are those of any other.
pub const ERASE: &str = "erase";

/// How long after a submission was erased whatever was left behind since is looked for: longer than any link to upload is good
/// for, and than any attempt takes.
const AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// Submissions that a worker is to erase.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Erasures {
    /// What it took.
    #[serde(default = "Vec::new")]
    pub items: Vec<Erasing>,
    /// How many more are due.
    pub due: u64,
}

/// A submission that is to be erased.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Erasing {
    /// The submission.
    pub submission: String,
    /// Its documents; none when it was erased before, and is looked for once more.
    #[serde(default = "Vec::new")]
    pub documents: Vec<DocumentRecord>,
}

/// What is left of a submission: that it was there, and that it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Erasure {
    /// The submission.
    pub submission: String,
    /// When its erasure began.
    pub requested_at: Timestamp,
    /// Who wanted it; `retention` if its time was over.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was gone.
    pub erased_at: Option<Timestamp>,
    /// What was deleted.
    #[serde(flatten)]
    pub deleted: Deleted,
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Deleted {
    /// How many objects of the bucket.
    pub objects: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// How many rows of the database.
    pub rows: u64,
}

static REQUEST_ERASURE: Script = Script::new("request_erasure", include_str!("../lua/operations/request_erasure.lua"));
static RECEIVE_ERASURES: Script = Script::new(
    "receive_erasures",
    include_str!("../lua/operations/receive_erasures.lua"),
);
static ERASED: Script = Script::new("erased", include_str!("../lua/operations/erased.lua"));
static ERASURE: Script = Script::new("erasure", include_str!("../lua/operations/erasure.lua"));

impl Ledger {
    /// Begins to erase a submission: all of its documents fail, and leave their queues, so that whoever works on them settles
    /// nothing. Asking twice changes nothing the second time. `None`: there is no such submission, nor was there one that was erased.
    pub fn request_erasure(&self, submission: &str, by: &str, reason: &str) -> Call<Option<Erasure>> {
        self.find(
            &REQUEST_ERASURE,
            json!({ "submission": submission, "by": by, "reason": reason }),
        )
    }

    /// Takes submissions that are to be erased, at most `max`, and hides them for the lease.
    pub fn receive_erasures(&self, max: u32, lease: Duration) -> Call<Erasures> {
        self.call(
            &RECEIVE_ERASURES,
            json!({ "max": max.max(1), "lease": wire::milliseconds(lease) }),
        )
    }

    /// A submission's objects and rows are gone: the ledger forgets it, but for the receipt. An hour later it is due once more,
    /// for what was left behind in the meantime.
    pub fn erased(&self, submission: &str, deleted: Deleted) -> Call<Option<Erasure>> {
        self.find(
            &ERASED,
            json!({
                "submission": submission,
                "objects": deleted.objects,
                "bytes": deleted.bytes,
                "rows": deleted.rows,
                "again_after": wire::milliseconds(AGAIN_AFTER),
            }),
        )
    }

    /// The receipt of an erasure, which may not be over yet.
    pub fn erasure(&self, submission: &str) -> Call<Option<Erasure>> {
        self.find(&ERASURE, json!({ "submission": submission }))
    }
}

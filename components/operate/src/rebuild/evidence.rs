//! What is found of a document outside of Redis, and where that lets it go on.
//!
//! | found | the document is | and goes on with |
//! | --- | --- | --- |
//! | a row in the database, for those who may read it now | `ready` | nothing |
//! | the third party's callback, which `verify` keeps | `verifying` | fetching and checking what came back, which may be done twice |
//! | the file, of the size and kind that were announced | `uploaded` | the transfer, under a new idempotency key: a review that the third party has finished may be lost with Redis, and it would not report it again |
//! | nothing of that | `awaiting-upload` | the teacher's upload |

use handoff::{Kept, QueueByKind, TransferWork, VerifyWork};
use ledger::{Enqueue, State};
use portfolio::Kind;

/// The furthest that a document is known to have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// It is in the database.
    Row,
    /// The third party has called back.
    Callback(Kept<VerifyWork>),
    /// The file is there.
    Original {
        /// Its entity tag.
        etag: String,
    },
    /// The file is not there.
    Nothing,
}

/// Where a document goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) state: State,
    pub(crate) enqueue: Option<Enqueue>,
}

impl Evidence {
    pub(crate) fn etag(&self) -> Option<String> {
        match self {
            Self::Original { etag } => Some(etag.clone()),
            Self::Row | Self::Callback(_) | Self::Nothing => None,
        }
    }

    /// Where a document of this kind goes on, given the queues of transfers.
    pub(crate) fn place(self, kind: Kind, transfers: &QueueByKind) -> Result<Place, handoff::Error> {
        let (state, enqueue) = match self {
            Self::Row => (State::Ready, None),
            Self::Callback(kept) => {
                let entry = Enqueue::now(&kept.queue, handoff::write(&kept.work)?);
                (State::Verifying, Some(entry))
            }
            Self::Original { .. } => {
                let entry = Enqueue::now(transfers.queue(kind), handoff::write(&TransferWork::default())?);
                (State::Uploaded, Some(entry))
            }
            Self::Nothing => (State::AwaitingUpload, None),
        };
        Ok(Place { state, enqueue })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn a_document_in_flight_is_in_a_queue_and_no_other_is() {
        let transfers: QueueByKind = r#"{"lesson-plan":"transfer","classroom-video":"transfer-video"}"#
            .parse()
            .unwrap();
        let callback = Evidence::Callback(Kept {
            queue: "verify-video".into(),
            work: VerifyWork {
                received_at: "2026-11-24T08:00:00Z".parse().unwrap(),
                query: String::new(),
                callback: "{}".into(),
            },
        });
        for (evidence, state, queue) in [
            (Evidence::Row, State::Ready, None),
            (callback, State::Verifying, Some("verify-video")),
            (
                Evidence::Original { etag: "\"e\"".into() },
                State::Uploaded,
                Some("transfer-video"),
            ),
            (Evidence::Nothing, State::AwaitingUpload, None),
        ] {
            let place = evidence.place(Kind::ClassroomVideo, &transfers).unwrap();
            assert_eq!(place.state, state);
            assert_eq!(place.enqueue.as_ref().map(|entry| entry.queue.as_str()), queue);
            assert_eq!(place.state.is_in_flight(), place.enqueue.is_some());
        }
    }
}

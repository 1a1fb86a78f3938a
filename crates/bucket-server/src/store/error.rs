use std::io;

use super::moment::Moment;

/// Why the store did not do what it was asked, in S3's terms where S3 has one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no object with this key")]
    NoSuchKey,
    #[error("there is no upload with this id; it may have been completed or aborted")]
    NoSuchUpload,
    #[error("there are no lifecycle rules")]
    NoSuchLifecycle,
    /// A conditional read found what the client already has.
    #[error("not modified")]
    NotModified { etag: String, modified: Moment },
    #[error("a precondition of the request does not hold: {0}")]
    PreconditionFailed(&'static str),
    #[error("part {0} was not uploaded, or its ETag or checksum is another")]
    InvalidPart(u16),
    #[error("the parts are not listed in ascending order of their numbers")]
    InvalidPartOrder,
    #[error("part {number} has {size} bytes; every part but the last needs at least 5 MiB")]
    PartTooSmall { number: u16, size: u64 },
    #[error("the range is outside of the object's {size} bytes")]
    InvalidRange { size: u64 },
    /// What arrived has another checksum than the client announced.
    #[error("the {0} of what arrived is not the one that was announced")]
    BadDigest(&'static str),
    /// The announced checksum cannot be one.
    #[error("the announced {0} is malformed")]
    InvalidDigest(&'static str),
    #[error("{received} bytes arrived where {announced} were announced")]
    IncompleteBody { received: u64, announced: u64 },
    /// The client's connection or signature broke off in the body.
    #[error("the request's body could not be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the index failed")]
    Index(#[from] rusqlite::Error),
    #[error("a file of the store failed")]
    File(#[from] io::Error),
    #[error("the index holds something unreadable")]
    Unreadable(#[from] serde_json::Error),
    /// The work panicked, or the server is going down.
    #[error("the work was interrupted")]
    Interrupted,
}

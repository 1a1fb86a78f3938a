//! Conditional requests, in the order of RFC 9110 §13.2.2.

use s3s::dto::{ETagCondition, Timestamp};

use super::error::Error;
use super::moment::Moment;

/// What must be true of the object that is about to be replaced or removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
}

impl WriteConditions {
    /// Checks the conditions; `etag` is the one of the object that is there now.
    pub(crate) fn check(&self, etag: Option<&str>) -> Result<(), Error> {
        if let Some(condition) = &self.if_match {
            // S3 answers 404 rather than 412 here.
            let etag = etag.ok_or(Error::NoSuchKey)?;
            if !matches(condition, etag) {
                return Err(Error::PreconditionFailed("If-Match"));
            }
        }
        if let (Some(condition), Some(etag)) = (&self.if_none_match, etag)
            && matches(condition, etag)
        {
            return Err(Error::PreconditionFailed("If-None-Match"));
        }
        Ok(())
    }
}

/// What must be true of the object that is read or copied.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_field_names, reason = "the fields are named as the headers are")]
pub(crate) struct ReadConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Checks the conditions against an object.
    pub(crate) fn check(&self, etag: &str, modified: Moment) -> Result<(), Error> {
        match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, etag) => {
                return Err(Error::PreconditionFailed("If-Match"));
            }
            (None, Some(since)) if modified.seconds() > seconds(since) => {
                return Err(Error::PreconditionFailed("If-Unmodified-Since"));
            }
            _ => {}
        }
        let unchanged = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, etag),
            (None, Some(since)) => modified.seconds() <= seconds(since),
            (None, None) => false,
        };
        if unchanged {
            let etag = etag.to_owned();
            return Err(Error::NotModified { etag, modified });
        }
        Ok(())
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

fn seconds(timestamp: &Timestamp) -> i64 {
    Moment::from(timestamp).seconds()
}

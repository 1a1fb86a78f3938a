//! Listing objects (`ListObjectsV2` of the Amazon S3 API).

use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::list_objects_v2::ListObjectsContent;
use rusty_s3::actions::{ListObjectsV2, S3Action as _};
use url::Url;

use crate::{Bucket, Error, LONGEST_LIFETIME, Unreadable};

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag, with the quotes.
    pub etag: String,
    /// When it was written.
    pub last_modified: Timestamp,
}

/// A part of a listing, in the order of the keys' UTF-8 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What is in it.
    pub objects: Vec<Listed>,
    /// Whether there is more after it.
    pub is_truncated: bool,
}

impl Bucket {
    /// A URL to `GET` a listing of the objects whose keys begin with a prefix and come after another key: at most `most` of
    /// them, and never more than 1000.
    pub fn presign_list(
        &self,
        prefix: &str,
        start_after: Option<&str>,
        most: usize,
        now: &Timestamp,
        lifetime: Duration,
    ) -> Result<Url, Error> {
        if lifetime < Duration::from_secs(1) || lifetime > LONGEST_LIFETIME {
            return Err(Error::Lifetime(lifetime));
        }
        let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
        action.with_prefix(prefix.to_owned());
        action.with_max_keys(most.clamp(1, 1000));
        if let Some(key) = start_after {
            action.with_start_after(key.to_owned());
        }
        Ok(action.sign_with_time(lifetime, now))
    }
}

impl Listing {
    /// Reads the bucket's answer, an XML document.
    pub fn parse(answer: &[u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(answer).map_err(|error| Unreadable(error.to_string()))?;
        let answer = ListObjectsV2::parse_response(text).map_err(|error| Unreadable(error.to_string()))?;
        let missing = |member: &str| Unreadable(format!("an object has no {member}"));
        let object = |content: ListObjectsContent| {
            let time = content.last_modified.ok_or_else(|| missing("LastModified"))?;
            Ok(Listed {
                key: content.key,
                size: content.size.ok_or_else(|| missing("Size"))?,
                etag: content.etag.ok_or_else(|| missing("ETag"))?,
                last_modified: time.parse().map_err(|_| Unreadable(format!("{time:?} is no time")))?,
            })
        };
        Ok(Self {
            is_truncated: answer.next_continuation_token.is_some(),
            objects: answer.contents.into_iter().map(object).collect::<Result<_, _>>()?,
        })
    }
}

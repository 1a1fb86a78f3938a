//! Taking objects away.

use bucket::Uploads;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use jiff::Timestamp;
use spin_outbound::Limits;

use crate::{Client, Error, LARGEST_LISTING, OWN_LIFETIME, request, succeeded};

/// How many objects a page of a removal has: one listing of a bucket.
const PAGE: usize = 1000;

/// How many of them are removed side by side.
const SIDE_BY_SIDE: usize = 16;

/// How far a removal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// How many objects this call removed.
    pub objects: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// Whether there is more than one call removes.
    pub is_truncated: bool,
}

impl Client {
    /// The ids of the uploads in parts of an object that are not finished, at most 1,000.
    async fn unfinished(&self, key: &str) -> Result<Uploads, Error> {
        let url = self.bucket.presign_list_uploads(key, &Timestamp::now(), OWN_LIFETIME)?;
        let request = request(Method::GET, url.as_str())
            .body(Bytes::new())
            .map_err(spin_outbound::Error::from)?;
        let answer = spin_outbound::fetch(request, Limits::default(), LARGEST_LISTING).await?;
        succeeded(&Method::GET, key, answer.status)?;
        Ok(Uploads::parse(&answer.body, key)?)
    }

    /// Gives up every upload in parts of an object that is not finished, at most 1,000 of them. What was signed for them is
    /// good for nothing afterwards.
    pub async fn abort_uploads(&self, key: &str) -> Result<Removed, Error> {
        let unfinished = self.unfinished(key).await?;
        stream::iter(&unfinished.ids)
            .map(|upload_id| self.abort_upload(key, upload_id))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect::<()>()
            .await?;
        Ok(Removed {
            objects: 0,
            bytes: 0,
            is_truncated: unfinished.is_truncated,
        })
    }

    /// Deletes the objects whose keys begin with a prefix, at most 1,000 of them. Doing it again goes on, or does nothing.
    pub async fn delete_under(&self, prefix: &str) -> Result<Removed, Error> {
        let listing = self.list(prefix, None, PAGE).await?;
        stream::iter(&listing.objects)
            .map(|object| self.delete(&object.key))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect::<()>()
            .await?;
        Ok(Removed {
            objects: listing.objects.len() as u64,
            bytes: listing.objects.iter().map(|object| object.size).sum(),
            is_truncated: listing.is_truncated,
        })
    }
}

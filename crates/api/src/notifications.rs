//! What a bucket is told about its notification.

use serde::{Deserialize, Serialize};

/// What became of a notification's records. The bucket needs none of it; people who set one up do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Taken {
    /// How many uploads it was about. Each was looked at in the bucket, now or before.
    pub uploads: u64,
    /// How many records were about objects that are none of this application's uploads.
    pub foreign: u64,
    /// How many records were about anything else than an object that was created.
    pub other: u64,
}

//! Where something happened, as every envelope says it.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) bucket: Bucket,
    pub(crate) object: Object,
}

#[derive(Deserialize)]
pub(crate) struct Bucket {
    pub(crate) name: String,
}

#[derive(Deserialize)]
pub(crate) struct Object {
    pub(crate) key: String,
}

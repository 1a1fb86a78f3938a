//! What the manifest's variables let this component do.

use anyhow::Context as _;
use spin_bucket::Client;
use spin_sdk::variables;

/// Where this component may fetch from, and where it leaves what it verified.
pub(crate) struct Verifier {
    pub(crate) bucket: Client,
    pub(crate) origins: Vec<String>,
    pub(crate) next_queue: String,
}

impl Verifier {
    pub(crate) async fn from_variables() -> anyhow::Result<Self> {
        let get = async |name| {
            variables::get(name)
                .await
                .with_context(|| format!("the variable {name} is not set"))
        };
        let origins = get("vendor_file_origins").await?;
        Ok(Self {
            bucket: Client::open().await?,
            origins: origins
                .split_whitespace()
                .map(|origin| origin.trim_end_matches('/').to_owned())
                .collect(),
            next_queue: get("next_queue").await?,
        })
    }
}

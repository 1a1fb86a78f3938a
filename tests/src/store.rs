//! What lies in the bucket, as its operator sees it.

use std::time::Duration;

use bucket::{Bucket, Configuration, Download, Listing};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::Rig;

/// How long a link of a test is good for.
const LIFETIME: Duration = Duration::from_mins(1);

impl Rig {
    /// The bucket, with the key to it.
    pub fn bucket(&self) -> Bucket {
        let secrets = self.stack.secrets();
        Bucket::new(&Configuration {
            endpoint: self.stack.bucket_url().to_string(),
            name: "dossier".into(),
            region: "us-east-1".into(),
            access_key: secrets.bucket_access_key.clone(),
            secret_key: secrets.bucket_secret_key.clone(),
        })
        .expect("the stack's bucket has an address")
    }

    /// The keys in the bucket that begin with a prefix.
    pub async fn keys(&self, prefix: &str) -> Vec<String> {
        let url = self
            .bucket()
            .presign_list(prefix, None, 1000, &Timestamp::now(), LIFETIME);
        let listing = Listing::parse(&content(url.expect("every prefix can be listed")).await);
        let objects = listing.expect("the bucket's list can be read").objects;
        objects.into_iter().map(|object| object.key).collect()
    }

    /// The manifest of a submission.
    pub async fn manifest(&self, submission: &str) -> Value {
        let key = portfolio::keys::manifest(&submission.parse().expect("it is the id of a submission"));
        let url = self
            .bucket()
            .presign_get(&key, Download::default(), &Timestamp::now(), LIFETIME);
        serde_json::from_slice(&content(url.expect("every object can be read")).await).expect("a manifest is JSON")
    }
}

async fn content(url: Url) -> Vec<u8> {
    let answer = reqwest::get(url).await.expect("the bucket answers");
    let answer = answer.error_for_status().expect("the bucket has it");
    answer.bytes().await.expect("the bucket answers to the end").into()
}

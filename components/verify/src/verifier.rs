//! What verifying takes: where files may come from, where they go, and what is to be verified.

use anyhow::Context as _;
use fetch_origins::Origins;
use handoff::VerifyWork;
use jiff::Timestamp;
use ledger::Item;
use portfolio::{DocumentId, Facts};
use serde::Serialize;
use spin_bucket::Client;
use spin_sdk::variables;
use stage::Outcome;
use vendor::adapter;

/// Where this component may fetch from, and where it leaves what it verified.
pub(crate) struct Verifier {
    pub(crate) bucket: Client,
    pub(crate) origins: Origins,
    /// What the vendor knows Dossier by, for vendors whose links are not enough.
    pub(crate) token: Option<String>,
    pub(crate) queue: String,
    pub(crate) next_queue: String,
}

/// A callback, and the document that it is about.
pub(crate) struct Work {
    pub(crate) document: DocumentId,
    pub(crate) facts: Facts,
    /// Whether an earlier attempt may have left something.
    pub(crate) is_repeated: bool,
    pub(crate) received_at: Timestamp,
    /// When the vendor was asked. A callback that overtook the vendor's own answer leaves no time of the request: it was
    /// no later than when the document was queued here.
    pub(crate) requested_at: Option<Timestamp>,
    pub(crate) query: String,
    pub(crate) callback: String,
}

impl Verifier {
    pub(crate) async fn from_variables() -> anyhow::Result<Self> {
        let get = async |name| {
            variables::get(name)
                .await
                .with_context(|| format!("the variable {name} is not set"))
        };
        let (own, allowed) = (get("vendor_origin").await?, get("vendor_file_origins").await?);
        Ok(Self {
            bucket: Client::open().await?,
            origins: Origins::new(&own, &allowed).context("vendor_origin or vendor_file_origins")?,
            token: variables::get("vendor_token").await.ok(),
            queue: get("queue").await?,
            next_queue: get("next_queue").await?,
        })
    }
}

impl Work {
    /// The callback in the adapter's words.
    pub(crate) fn delivery(&self) -> adapter::Delivery {
        adapter::Delivery {
            query: self.query.clone(),
            body: self.callback.clone().into(),
        }
    }

    /// What the adapter expects to come back for the document.
    pub(crate) fn expectations(&self) -> Vec<adapter::Expectation> {
        adapter::expectations(&vendor::document(&self.document.to_string(), &self.facts))
    }
}

/// What an item asks to be verified.
pub(crate) fn read(item: &Item) -> Result<Work, Outcome> {
    let read = || -> anyhow::Result<Work> {
        let facts = vendor::facts(item)?;
        let work: VerifyWork = handoff::read(&item.body)?;
        let queued_at = i64::try_from(item.enqueued_at.milliseconds())
            .ok()
            .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
        Ok(Work {
            document: item.document.parse()?,
            is_repeated: item.receipt > 1,
            requested_at: facts.requested_at.or(queued_at),
            facts,
            received_at: work.received_at,
            query: work.query,
            callback: work.callback,
        })
    };
    read().map_err(|error| Outcome::permanent("internal", format!("The item cannot be read: {error}.")))
}

/// What is left for another stage, as JSON.
pub(crate) fn written<T: Serialize>(work: &T) -> Result<String, Outcome> {
    handoff::write(work)
        .map_err(|error| Outcome::permanent("internal", format!("The next item cannot be written: {error}.")))
}

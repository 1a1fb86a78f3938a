//! Having documents normalized again that an older adapter has normalized.

use api::operations::{RenormalizeRequest, RenormalizeTrouble, Renormalized};
use api::{Cursor, Problem};
use catalog_database::{Database, Made};
use futures::{StreamExt as _, stream};
use http::StatusCode;
use ledger::State;
use portfolio::{DocumentId, SubmissionId};
use renormalize::Outcome;
use semver::Version;
use spin_edge::{Reply, bucket_failed, json, ledger_failed};

use crate::Operator;

/// How many documents one request looks at: a fraction of a handler's time.
const LOOKED_AT_ONCE: u32 = 200;

/// How many documents are queued side by side.
const CONCURRENCY: usize = 8;

/// Queues some documents, and says where to go on.
pub(crate) async fn renormalize(operator: &Operator, request: RenormalizeRequest) -> Result<Reply, Problem> {
    let wanted = Wanted::read(&request)?;
    let database = Database::open().await.map_err(Problem::internal)?;
    let bucket = spin_bucket::Client::open().await.map_err(bucket_failed)?;
    let after = request.after.as_ref().map(Cursor::position);
    let made = database
        .made(after, LOOKED_AT_ONCE)
        .await
        .map_err(|error| Problem::unavailable(2, error))?;
    let is_last = made.len() < LOOKED_AT_ONCE as usize;
    let next = made.last().filter(|_| !is_last).map(|last| Cursor::new(&last.document));

    let done: Vec<_> = stream::iter(made.iter().filter(|made| wanted.is(made)))
        .map(|made| again(operator, &bucket, made))
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    let (mut queued, mut troubles) = (0, Vec::new());
    for outcome in done {
        match outcome? {
            Done::Queued => queued += 1,
            Done::Nothing => {}
            Done::Trouble(trouble) => troubles.push(trouble),
        }
    }
    json(
        StatusCode::OK,
        &Renormalized {
            documents: u32::try_from(made.len()).unwrap_or(u32::MAX),
            queued,
            troubles,
            next,
        },
    )
}

/// Which documents are meant.
struct Wanted {
    vendor: Option<String>,
    adapter_before: Option<Version>,
    submission: Option<String>,
}

impl Wanted {
    fn read(request: &RenormalizeRequest) -> Result<Self, Problem> {
        let version = |text: &String| {
            Version::parse(text).map_err(|error| {
                let detail = format!("This is a semantic version, such as 0.2.0: {error}.");
                Problem::invalid_parameter("adapter_before", detail)
            })
        };
        Ok(Self {
            vendor: request.vendor.clone(),
            adapter_before: request.adapter_before.as_ref().map(version).transpose()?,
            submission: request.submission.map(|submission| submission.to_string()),
        })
    }

    fn is(&self, made: &Made) -> bool {
        // A version that is none was made by an adapter that kept to no rules: it is older than whatever keeps to them.
        let is_before =
            |before: &Version| Version::parse(&made.adapter_version).map_or(true, |version| version < *before);
        self.vendor.as_ref().is_none_or(|vendor| *vendor == made.vendor)
            && self
                .submission
                .as_ref()
                .is_none_or(|submission| *submission == made.submission)
            && self.adapter_before.as_ref().is_none_or(is_before)
    }
}

enum Done {
    Queued,
    /// It is on its way already.
    Nothing,
    Trouble(RenormalizeTrouble),
}

async fn again(operator: &Operator, bucket: &spin_bucket::Client, made: &Made) -> Result<Done, Problem> {
    let document: DocumentId = made.document.parse().map_err(Problem::internal)?;
    let submission: SubmissionId = made.submission.parse().map_err(Problem::internal)?;
    let has_queue = |name: &str| operator.queue(name).is_ok();
    let place = (submission, document);
    let outcome = renormalize::renormalize(bucket, &operator.client, place, operator.caller.subject(), has_queue).await;
    let reason = match outcome {
        Ok(Outcome::Queued) => return Ok(Done::Queued),
        Ok(Outcome::Not(state)) if state.is_in_flight() => return Ok(Done::Nothing),
        Ok(Outcome::Not(State::Failed)) => "The document has failed since: redrive it, or discard it.".to_owned(),
        Ok(Outcome::Not(_)) => "The document waits for its upload.".to_owned(),
        Ok(Outcome::Unknown) => "Redis does not know the document: rebuild first.".to_owned(),
        // Without Redis or the bucket there is no going on.
        Err(renormalize::Error::Ledger(error)) => return Err(ledger_failed(error)),
        Err(renormalize::Error::Bucket(error)) => return Err(bucket_failed(error)),
        Err(error) => format!("It cannot be normalized again: {error}."),
    };
    Ok(Done::Trouble(RenormalizeTrouble { document, reason }))
}

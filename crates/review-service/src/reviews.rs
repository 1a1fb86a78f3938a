//! The reviews that the service knows: in memory, with a JSON file each so that they survive a restart.
//!
//! Every review has a folder, named by its id, with `review.json` and the files that the review made. Whatever changes a
//! review goes through [`Reviews::update`], which writes the file before anybody sees the change.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dialect::{Dialect, assemblyai};
use crate::failure::{Code, Failure};
use crate::request::Request;

/// One review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) id: String,
    pub(crate) idempotency_key: String,
    /// What a link to one of its files must carry.
    pub(crate) token: String,
    pub(crate) request: Request,
    /// In whose words the client asked.
    #[serde(default)]
    pub(crate) dialect: Dialect,
    pub(crate) status: Status,
    pub(crate) created_at: Timestamp,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) error: Option<Failure>,
    pub(crate) files: Vec<File>,
    pub(crate) callback: Callback,
}

/// How far a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Queued,
    Reviewing,
    Completed,
    Failed,
}

/// A file that a review made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// A web page is given in its place, because the service was told to.
    #[serde(default)]
    pub(crate) replaced: bool,
}

/// How far the delivery of the callback is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Callback {
    pub(crate) state: Delivery,
    pub(crate) attempts: u32,
    /// The event's id; the same over all attempts.
    pub(crate) webhook_id: String,
}

/// What has become of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Delivery {
    /// There is nothing to report yet.
    None,
    /// It is being delivered, or would be if the service behaved.
    Pending,
    /// The client took it.
    Delivered,
    /// The client wants no more of it.
    Stopped,
    /// Every attempt failed.
    GivenUp,
}

impl Callback {
    fn new() -> Self {
        Self {
            state: Delivery::None,
            attempts: 0,
            webhook_id: new_webhook_id(),
        }
    }
}

/// An id for an event.
pub(crate) fn new_webhook_id() -> String {
    format!("msg_{}", Uuid::now_v7().simple())
}

impl Review {
    /// A review that nobody has begun.
    pub(crate) fn new(idempotency_key: String, request: Request, dialect: Dialect) -> Self {
        let id = match dialect {
            Dialect::AssemblyAi(_) => assemblyai::new_id(),
            Dialect::Own | Dialect::LanguageTool => format!("rev_{}", Uuid::now_v7().simple()),
        };
        Self {
            id,
            idempotency_key,
            token: Uuid::new_v4().simple().to_string(),
            request,
            dialect,
            status: Status::Queued,
            created_at: now(),
            completed_at: None,
            error: None,
            files: Vec::new(),
            callback: Callback::new(),
        }
    }

    /// Whether the review has come to an end.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self.status, Status::Completed | Status::Failed)
    }

    /// Whether the review failed for a reason that may be gone by now.
    pub(crate) fn may_start_anew(&self) -> bool {
        self.error.as_ref().is_some_and(|error| {
            matches!(
                error.code,
                Code::DocumentUnavailable | Code::DocumentMismatch | Code::Internal
            )
        })
    }

    /// Back to the start; the next callback is another event.
    pub(crate) fn start_anew(&mut self) {
        self.status = Status::Queued;
        self.completed_at = None;
        self.error = None;
        self.files.clear();
        self.callback = Callback::new();
    }

    /// The end of a review: its files, or why there are none.
    fn settle(&mut self, outcome: Result<Vec<File>, Failure>) {
        self.completed_at = Some(now());
        self.callback.state = Delivery::Pending;
        match outcome {
            Ok(files) => {
                self.status = Status::Completed;
                self.files = files;
            }
            Err(failure) => {
                self.status = Status::Failed;
                self.error = Some(failure);
            }
        }
    }
}

/// The present time, to the millisecond.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}

/// All reviews.
#[derive(Debug)]
pub(crate) struct Reviews {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reviews: HashMap<String, Review>,
    by_key: HashMap<String, String>,
    /// The reviews that somebody is working on, by id.
    at_work: HashSet<String>,
    /// The events that somebody is delivering, by webhook id.
    in_delivery: HashSet<String>,
}

impl Reviews {
    /// Reads the reviews of an earlier run. Folders that hold no readable review are left alone.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let mut state = State::default();
        for entry in fs::read_dir(&folder)? {
            let Ok(json) = fs::read(entry?.path().join("review.json")) else {
                continue;
            };
            let Ok(review) = serde_json::from_slice::<Review>(&json) else {
                continue;
            };
            state.add(review);
        }
        Ok(Self {
            folder,
            state: Mutex::new(state),
        })
    }

    /// The folder of a review.
    pub(crate) fn folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// A copy of a review.
    pub(crate) fn get(&self, id: &str) -> Option<Review> {
        self.lock().reviews.get(id).cloned()
    }

    /// A copy of the review that an idempotency key belongs to: the first, should there be two.
    pub(crate) fn by_key(&self, key: &str) -> Option<Review> {
        let state = self.lock();
        state.by_key.get(key).and_then(|id| state.reviews.get(id)).cloned()
    }

    /// The ids of all reviews, oldest first.
    pub(crate) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.lock().reviews.keys().cloned().collect();
        ids.sort_unstable();
        ids
    }

    /// Adds a review, unless its key already belongs to one: that one is given then.
    pub(crate) fn insert_unless_known(&self, review: Review) -> io::Result<Result<Review, Review>> {
        let mut state = self.lock();
        if let Some(known) = state
            .by_key
            .get(&review.idempotency_key)
            .and_then(|id| state.reviews.get(id))
        {
            return Ok(Err(known.clone()));
        }
        write(&self.folder, &review)?;
        state.add(review.clone());
        Ok(Ok(review))
    }

    /// Adds a review even if its key already belongs to one.
    pub(crate) fn insert(&self, review: Review) -> io::Result<Review> {
        let mut state = self.lock();
        write(&self.folder, &review)?;
        state.add(review.clone());
        Ok(review)
    }

    /// Changes a review and gives the new one; none if there is no such review. When the file cannot be written, nothing
    /// has changed.
    pub(crate) fn update(&self, id: &str, change: impl FnOnce(&mut Review)) -> io::Result<Option<Review>> {
        self.lock().update(&self.folder, id, change)
    }

    /// Takes the work of a review; false if somebody is at it. Whoever took it must [settle](Self::settle) the review.
    pub(crate) fn claim(&self, id: &str) -> bool {
        self.lock().at_work.insert(id.to_owned())
    }

    /// Ends the work of a review.
    pub(crate) fn settle(&self, id: &str, outcome: Result<Vec<File>, Failure>) -> io::Result<Option<Review>> {
        let mut state = self.lock();
        state.at_work.remove(id);
        state.update(&self.folder, id, |review| review.settle(outcome))
    }

    /// Changes the callback of a review, unless the review has another event to report by now.
    pub(crate) fn update_callback(
        &self,
        id: &str,
        webhook_id: &str,
        change: impl FnOnce(&mut Callback),
    ) -> io::Result<Option<Review>> {
        self.update(id, |review| {
            if review.callback.webhook_id == webhook_id {
                change(&mut review.callback);
            }
        })
    }

    /// Marks an event as being delivered; false if it already is.
    pub(crate) fn begin_delivery(&self, webhook_id: &str) -> bool {
        self.lock().in_delivery.insert(webhook_id.to_owned())
    }

    /// The event's delivery has come to an end, or to a halt.
    pub(crate) fn end_delivery(&self, webhook_id: &str) {
        self.lock().in_delivery.remove(webhook_id);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn update(&mut self, folder: &Path, id: &str, change: impl FnOnce(&mut Review)) -> io::Result<Option<Review>> {
        let Some(review) = self.reviews.get_mut(id) else {
            return Ok(None);
        };
        let mut changed = review.clone();
        change(&mut changed);
        // Under the lock, so that a file is never older than what was seen: it is a few hundred bytes.
        write(folder, &changed)?;
        review.clone_from(&changed);
        Ok(Some(changed))
    }

    fn add(&mut self, review: Review) {
        let first = match self.by_key.get(&review.idempotency_key) {
            Some(known) if *known < review.id => known.clone(),
            _ => review.id.clone(),
        };
        self.by_key.insert(review.idempotency_key.clone(), first);
        self.reviews.insert(review.id.clone(), review);
    }
}

/// Writes beside and renames, so that a crash leaves the old file or the new one.
fn write(folder: &Path, review: &Review) -> io::Result<()> {
    let folder = folder.join(&review.id);
    fs::create_dir_all(&folder)?;
    let beside = folder.join("review.json.part");
    fs::write(&beside, serde_json::to_vec_pretty(review)?)?;
    fs::rename(beside, folder.join("review.json"))
}

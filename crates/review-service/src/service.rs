//! The service as a whole: what it is made of, how it starts and how it stops.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use webhook_signature::{InvalidKey, Signer};

use crate::behaviour::{Behaviour, Book, Occasion, Rule};
use crate::http;
use crate::journal::Journal;
use crate::request::Request;
use crate::reviews::{Delivery, Reviews};
use crate::text::proofread;
use crate::{callback, review};

/// How many documents are read at the same time.
const DESKS: usize = 2;

/// The first service of a process prepares what all of them use.
static WARM_UP: Once = Once::new();

/// What the service needs to know to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder for reviews and their files; made if it is missing.
    pub data: PathBuf,
    /// The bearer token that clients present.
    pub token: String,
    /// The secret that callbacks are signed with, `whsec_` and base64 (Standard Webhooks).
    pub webhook_secret: String,
    /// The private key that callbacks are signed with instead, `whsk_` and base64: clients then need its public key.
    pub signing_key: Option<String>,
    /// Where clients reach the service, for the links to files; `http://` and the address if there is none.
    pub public_origin: Option<Url>,
}

/// The delays of the service, which tests shorten.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The waits between the attempts to deliver a callback; there is one attempt more than waits.
    pub callback_waits: Vec<Duration>,
}

impl Default for Limits {
    /// Twelve attempts within three minutes.
    fn default() -> Self {
        let seconds = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0, 30.0];
        Self {
            callback_waits: seconds.into_iter().map(Duration::from_secs_f64).collect(),
        }
    }
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or the address is none of this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The data folder cannot be read or written.
    #[error("cannot use the folder {}: {source}", folder.display())]
    Data {
        /// The folder that was asked for.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The webhook secret or the signing key is none.
    #[error("callbacks cannot be signed: {0}")]
    Key(#[from] InvalidKey),
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// A service that runs until it is shut down or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Everything that requests and reviews share.
pub(crate) struct Service {
    pub(crate) reviews: Reviews,
    pub(crate) journal: Journal,
    pub(crate) client: reqwest::Client,
    /// Signs callbacks in the words of Standard Webhooks.
    pub(crate) signer: Signer,
    /// The secret as it was given.
    pub(crate) webhook_secret: String,
    pub(crate) limits: Limits,
    /// Without a slash at its end.
    pub(crate) origin: String,
    pub(crate) token: String,
    /// Whoever reads a document takes one.
    pub(crate) desks: Semaphore,
    behaviour: Mutex<Books>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The rules for everybody, and those of single reviews by their idempotency key.
#[derive(Default)]
struct Books {
    general: Book,
    own: HashMap<String, Book>,
}

impl Options {
    /// Starts the service, and goes on with the reviews that an earlier run left unfinished.
    pub async fn start(self) -> Result<Running, Error> {
        self.start_within(Limits::default()).await
    }

    /// Starts the service with other delays than the usual ones.
    pub async fn start_within(self, limits: Limits) -> Result<Running, Error> {
        let secret: Signer = self.webhook_secret.parse()?;
        let signer = match &self.signing_key {
            Some(key) => key.parse()?,
            None => secret,
        };
        let listen = |source| Error::Listen {
            address: self.listen,
            source,
        };
        let listener = TcpListener::bind(self.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let origin = self
            .public_origin
            .map_or_else(|| format!("http://{address}"), |origin| origin.to_string());
        let reviews = Reviews::open(self.data.join("reviews")).map_err(|source| Error::Data {
            folder: self.data.clone(),
            source,
        })?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let service = Arc::new(Service {
            reviews,
            journal: Journal::default(),
            client: reqwest::Client::builder()
                .redirect(Policy::none())
                .connect_timeout(Duration::from_secs(5))
                .read_timeout(Duration::from_secs(30))
                .build()?,
            signer,
            webhook_secret: self.webhook_secret,
            limits,
            origin: origin.trim_end_matches('/').to_owned(),
            token: self.token,
            desks: Semaphore::new(DESKS),
            behaviour: Mutex::default(),
            stop: stop.clone(),
            tasks: tasks.clone(),
        });
        WARM_UP.call_once(|| drop(std::thread::spawn(proofread::warm_up)));
        service.resume();
        tasks.spawn(http::serve::serve(
            listener,
            http::router(service),
            stop.clone(),
            tasks.clone(),
        ));
        Ok(Running { address, stop, tasks })
    }
}

impl Running {
    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops taking requests, and ends those that are under way. Unfinished reviews go on at the next start.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Service {
    /// Begins a review in the background, unless it has begun. The handle is for who wants to wait until it is reported.
    pub(crate) fn begin(self: &Arc<Self>, id: String) -> Option<JoinHandle<()>> {
        self.reviews
            .claim(&id)
            .then(|| self.spawn(review::run(Arc::clone(self), id)))
    }

    /// Delivers the callback of a settled review in the background.
    pub(crate) fn report(self: &Arc<Self>, id: String) {
        let service = Arc::clone(self);
        self.spawn(async move { callback::deliver(&service, &id).await });
    }

    /// What a rule says for this occasion, if any does. The rule counts as applied.
    pub(crate) fn behaviour(&self, occasion: Occasion<'_>, key: &str, request: &Request) -> Option<Behaviour> {
        let mut books = self.books();
        if !request.behaviour.is_empty() {
            let own = books
                .own
                .entry(key.to_owned())
                .or_insert_with(|| Book::new(request.behaviour.clone()));
            if let Some(behaviour) = own.apply(occasion, &request.reference, &request.name) {
                return Some(behaviour);
            }
        }
        books.general.apply(occasion, &request.reference, &request.name)
    }

    /// The rules for everybody.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.books().general.rules().to_vec()
    }

    /// Replaces the rules for everybody.
    pub(crate) fn set_rules(&self, rules: Vec<Rule>) {
        self.books().general = Book::new(rules);
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until it is done or the service stops.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        })
    }

    fn resume(self: &Arc<Self>) {
        for id in self.reviews.ids() {
            let Some(review) = self.reviews.get(&id) else { continue };
            if !review.is_settled() {
                self.begin(id);
            } else if review.callback.state == Delivery::Pending {
                self.report(id);
            }
        }
    }
}

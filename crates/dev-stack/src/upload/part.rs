//! One request at a time, again and again until it gets through.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use api::signing::{Method, SignRequest, Signed};
use bytes::Bytes;
use futures::stream;
use md5::{Digest as _, Md5};
use reqwest::header::{CONTENT_LENGTH, ETAG};
use reqwest::{Body, StatusCode};

use super::{Upload, plain};
use crate::client::{Error, good};

/// The pause after the first failure; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause: nobody who has just found the network again wants to wait for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often the bucket may refuse one request before that is believed. A link may expire on its way, once.
const REFUSALS: u32 = 3;

/// How much of a body is handed to the connection at once, in bytes.
const CHUNK: usize = 128 * 1024;

/// The entity tag of a part with these bytes: its MD5, which every S3-compatible store that does not encrypt with a key of
/// its own gives.
pub(super) async fn tag_of(bytes: Bytes) -> Result<String, Error> {
    let digest = tokio::task::spawn_blocking(move || Md5::digest(&bytes)).await;
    let digest = digest.map_err(|_| Error::Upload("digest"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(digest.into())))
}

/// Who finds out that a part, or the whole, was damaged on its way: it is sent once more then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The bucket: the request says what must arrive, and nothing else is taken.
    ByBucket,
    /// This side: the bucket's entity tag is compared.
    ByEntityTag,
}

/// For how long failures are borne. All requests of an upload share it: while anything gets through, the network is there.
pub(super) struct Patience {
    limit: Duration,
    last_success: Mutex<Instant>,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            last_success: Mutex::new(Instant::now()),
        }
    }

    fn renew(&self) {
        *self.last_success.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_over(&self) -> bool {
        let last_success = *self.last_success.lock().unwrap_or_else(PoisonError::into_inner);
        last_success.elapsed() > self.limit
    }
}

impl Upload<'_> {
    /// Uploads bytes, and gives back their entity tag and how often that had to be tried again.
    pub(super) async fn put(&self, request: SignRequest, bytes: &Bytes, check: Check) -> Result<(String, u64), Error> {
        let mut repeated = 0;
        let etag = self
            .persist(&mut repeated, async || {
                let signed = self.sign(&request).await?;
                let sending = self.send(&signed, bytes.clone());
                if check == Check::ByBucket {
                    return sending.await;
                }
                let (etag, expected) = tokio::try_join!(sending, tag_of(bytes.clone()))?;
                // Stores that encrypt with keys of their own have other tags, which are not so long or have a dash.
                let is_md5 = etag.len() == 34 && !etag.contains('-');
                if is_md5 && plain(&etag) != expected {
                    return Err(Error::Damaged);
                }
                Ok(etag)
            })
            .await?;
        Ok((etag, repeated))
    }

    /// Makes a request without a part of the file, and gives back the answer's body.
    pub(super) async fn make(&self, request: SignRequest, body: String) -> Result<String, Error> {
        self.persist(&mut 0, async || {
            let signed = self.sign(&request).await?;
            let request = self.request(&signed).body(body.clone());
            let response = tokio::time::timeout(self.options.stalled, crate::client::send(request)).await;
            let response = good(response.map_err(|_| Error::Stalled)??).await?;
            let url = crate::client::without_query(response.url());
            response.text().await.map_err(|source| Error::Answer { url, source })
        })
        .await
    }

    /// Tries until it succeeds, is refused, or patience is over.
    async fn persist<T>(&self, repeated: &mut u64, attempt: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
        let (mut pause, mut refusals) = (FIRST_PAUSE, 0);
        loop {
            let error = match attempt().await {
                Ok(done) => {
                    self.patience.renew();
                    return Ok(done);
                }
                Err(error) => error,
            };
            // An expired or a badly timed link is refused with these.
            let is_refusal = matches!(error.status(), Some(StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST));
            refusals += u32::from(is_refusal);
            let hopeless = !error.is_transient() && (!is_refusal || refusals >= REFUSALS);
            if hopeless || self.patience.is_over() {
                return Err(error);
            }
            tracing::debug!(%error, "once more in {pause:?}");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            *repeated += 1;
        }
    }

    fn request(&self, signed: &Signed) -> reqwest::RequestBuilder {
        let method = match signed.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let request = self.client.http().request(method, &signed.url);
        signed
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Sends a body, which is given up when nothing of it moves for too long.
    async fn send(&self, signed: &Signed, bytes: Bytes) -> Result<String, Error> {
        let length = bytes.len();
        let moved = Arc::new(AtomicU64::new(0));
        let body = {
            let (moved, progress) = (Arc::clone(&moved), Arc::clone(&self.progress));
            // The next chunk is asked for when the connection has taken the one before.
            let chunks = (0..length).step_by(CHUNK).map(move |at| {
                let chunk = bytes.slice(at..(at + CHUNK).min(length));
                moved.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                progress.sent(chunk.len() as u64);
                Ok::<_, std::io::Error>(chunk)
            });
            Body::wrap_stream(stream::iter(chunks))
        };
        let request = self.request(signed).header(CONTENT_LENGTH, length).body(body);
        let outcome = tokio::select! {
            response = crate::client::send(request) => response,
            () = self.until_stalled(&moved) => Err(Error::Stalled),
        };
        let outcome = match outcome {
            Ok(response) => good(response).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(response) => {
                let etag = response.headers().get(ETAG).and_then(|etag| etag.to_str().ok());
                Ok(etag.ok_or(Error::Upload("entity tag"))?.to_owned())
            }
            Err(error) => {
                self.progress.lost(moved.load(Ordering::Relaxed));
                Err(error)
            }
        }
    }

    async fn until_stalled(&self, moved: &AtomicU64) {
        let mut before = moved.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(self.options.stalled).await;
            let now = moved.load(Ordering::Relaxed);
            if now == before {
                return;
            }
            before = now;
        }
    }
}

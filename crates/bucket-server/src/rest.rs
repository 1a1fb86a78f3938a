//! What is left of the body of a request that is refused.
//!
//! A server that answers and closes while the client still sends makes the client's system throw the answer away: a
//! page whose presigned URL has expired would see a broken connection rather than the refusal, and not know that it
//! should ask for another URL. So the rest is read, for a while, before the refusal is sent.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// How long a client may go on to send what nobody wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// Splits a body into one for the protocol and what remains when that is done with it.
pub(crate) fn share(body: Incoming) -> (Shared, Rest) {
    let body = Arc::new(Mutex::new(body));
    (Shared(Arc::clone(&body)), Rest(Shared(body)))
}

/// A body that can be read on by somebody else.
pub(crate) struct Shared(Arc<Mutex<Incoming>>);

impl Shared {
    fn body(&self) -> MutexGuard<'_, Incoming> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}

/// What the protocol has left of a body.
pub(crate) struct Rest(Shared);

impl Rest {
    /// Reads the rest and throws it away.
    pub(crate) async fn discard(self) {
        let mut rest = pin!(self.0);
        let discarding = async { while let Some(Ok(_)) = rest.frame().await {} };
        // Whoever still sends then does not read answers, or is too slow to wait for.
        let _ = tokio::time::timeout(PATIENCE, discarding).await;
    }
}

//! What is left of the body of a request that is refused.
//!
//! A server that answers and closes while the client still sends makes the client's system throw the answer away: a
//! page whose presigned URL has expired would see a broken connection rather than the refusal, and not know that it
//! should ask for another URL. So the rest is read, for a while, before the refusal is sent.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
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
    let state = Arc::new(State {
        body: Mutex::new(body),
        begun: AtomicBool::new(false),
    });
    (Shared(Arc::clone(&state)), Rest(Shared(state)))
}

struct State {
    body: Mutex<Incoming>,
    /// Whether anybody has asked for some of it.
    begun: AtomicBool,
}

/// A body that can be read on by somebody else.
pub(crate) struct Shared(Arc<State>);

impl Shared {
    fn body(&self) -> MutexGuard<'_, Incoming> {
        self.0.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.0.begun.store(true, Ordering::Relaxed);
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
    /// Reads the rest and throws it away; tells whether the connection is free for another request then.
    ///
    /// `expects_leave`: the client waits for leave to send its body (`Expect: 100-continue`). If it has not been given
    /// leave yet, it is not given now.
    pub(crate) async fn discard(self, expects_leave: bool) -> bool {
        let begun = self.0.0.begun.load(Ordering::Relaxed);
        if expects_leave && !begun {
            return self.0.is_end_stream();
        }
        let mut rest = pin!(self.0);
        let discarding = async {
            loop {
                match rest.frame().await {
                    Some(Ok(_)) => {}
                    Some(Err(_)) => return false,
                    None => return true,
                }
            }
        };
        // Whoever still sends after that does not read answers, or is too slow to wait for.
        tokio::time::timeout(PATIENCE, discarding).await.unwrap_or(false)
    }
}

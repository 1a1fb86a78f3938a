//! A body that is hashed while it passes through.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use portfolio::Sha256;
use sha2::Digest as _;

use crate::content::FIRST_BYTES;

/// What passed through.
#[derive(Default)]
pub(crate) struct Passed {
    hasher: sha2::Sha256,
    /// How many bytes.
    pub(crate) size: u64,
    /// The first of them, at most [`FIRST_BYTES`].
    pub(crate) first_bytes: Vec<u8>,
}

impl Passed {
    /// The digest of all that passed.
    pub(crate) fn sha256(&self) -> Sha256 {
        let digest: [u8; 32] = self.hasher.clone().finalize().into();
        Sha256::from(digest)
    }
}

/// Passes a body on, unchanged, and keeps account of it.
pub(crate) struct Hashing<B> {
    body: B,
    passed: Rc<RefCell<Passed>>,
}

impl<B> Hashing<B> {
    pub(crate) fn new(body: B) -> (Self, Rc<RefCell<Passed>>) {
        let passed = Rc::default();
        (
            Self {
                body,
                passed: Rc::clone(&passed),
            },
            passed,
        )
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Hashing<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let mut passed = this.passed.borrow_mut();
            passed.hasher.update(data);
            passed.size += data.len() as u64;
            let missing = FIRST_BYTES.saturating_sub(passed.first_bytes.len()).min(data.len());
            passed.first_bytes.extend_from_slice(&data[..missing]);
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

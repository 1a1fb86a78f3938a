//! A body that is judged while it passes through: hashed, counted, and held against the form that the file must have.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use file_form::{Form, Inspection};
use http_body::{Body, Frame, SizeHint};
use portfolio::Sha256;
use sha2::Digest as _;

use crate::content::FIRST_BYTES;

/// What passed through.
pub(crate) struct Passed {
    hasher: sha2::Sha256,
    inspection: Inspection,
    /// How many bytes.
    pub(crate) size: u64,
    /// The first of them, at most [`FIRST_BYTES`].
    pub(crate) first_bytes: Vec<u8>,
}

impl Passed {
    pub(crate) fn nothing(form: Form) -> Self {
        Self {
            hasher: sha2::Sha256::new(),
            inspection: Inspection::new(form),
            size: 0,
            first_bytes: Vec::new(),
        }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        self.hasher.update(data);
        self.inspection.update(data);
        self.size += data.len() as u64;
        let missing = FIRST_BYTES.saturating_sub(self.first_bytes.len()).min(data.len());
        self.first_bytes.extend_from_slice(&data[..missing]);
    }

    /// The digest of all that passed.
    pub(crate) fn sha256(&self) -> Sha256 {
        let digest: [u8; 32] = self.hasher.clone().finalize().into();
        Sha256::from(digest)
    }

    /// Whether all that passed has the form that it must have.
    pub(crate) fn check(&mut self) -> Result<(), file_form::Wrong> {
        std::mem::replace(&mut self.inspection, Inspection::new(Form::Any)).finish()
    }
}

/// Passes a body on, unchanged, and keeps account of it.
pub(crate) struct Hashing<B> {
    body: B,
    passed: Rc<RefCell<Passed>>,
}

impl<B> Hashing<B> {
    pub(crate) fn new(body: B, passed: &Rc<RefCell<Passed>>) -> Self {
        Self {
            body,
            passed: Rc::clone(passed),
        }
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
            this.passed.borrow_mut().update(data);
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

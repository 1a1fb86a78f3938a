//! An object's bytes on their way out.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use s3s::StdError;
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};

use super::blobs::{Blobs, Lease};
use super::error::Error;
use super::index::run;

/// How much is read from a file at a time.
const PIECE: u64 = 256 * 1024;

/// A whole file that is part of an object.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) blob: String,
    pub(crate) size: u64,
}

/// Streams the bytes `range` of what `segments` are together. The lease keeps their files there until the end.
pub(crate) fn stream(blobs: Arc<Blobs>, lease: Lease, segments: &[Segment], range: Range<u64>) -> StreamingBlob {
    let remaining = range.end - range.start;
    let reader = Reader {
        blobs,
        _lease: lease,
        slices: slices(segments, &range),
        open: None,
    };
    let pieces = futures::stream::try_unfold(reader, |mut reader| async move {
        let piece = reader.next().await.map_err(StdError::from)?;
        Ok(piece.map(|piece| (piece, reader)))
    });
    StreamingBlob::new(Body {
        remaining,
        pieces: Box::pin(pieces),
    })
}

/// A run of bytes within one file.
struct Slice {
    blob: String,
    range: Range<u64>,
}

/// What of each segment falls into the range, the last one first.
fn slices(segments: &[Segment], range: &Range<u64>) -> Vec<Slice> {
    let mut slices = Vec::new();
    let mut start = 0;
    for segment in segments {
        let end = start + segment.size;
        let from = range.start.max(start);
        let to = range.end.min(end);
        if from < to {
            slices.push(Slice {
                blob: segment.blob.clone(),
                range: from - start..to - start,
            });
        }
        start = end;
    }
    slices.reverse();
    slices
}

struct Reader {
    blobs: Arc<Blobs>,
    _lease: Lease,
    slices: Vec<Slice>,
    /// The file of the last slice, once it is open.
    open: Option<Arc<File>>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(slice) = self.slices.last_mut() else {
            return Ok(None);
        };
        let start = slice.range.start;
        let end = slice.range.end.min(start + PIECE);
        let blobs = Arc::clone(&self.blobs);
        let blob = slice.blob.clone();
        let open = self.open.take();
        let (file, piece) = run(move || {
            let file = match open {
                Some(file) => file,
                None => Arc::new(blobs.read(&blob)?),
            };
            let mut piece = vec![0; usize::try_from(end - start).unwrap_or(usize::MAX)];
            file.read_exact_at(&mut piece, start)?;
            Ok((file, Bytes::from(piece)))
        })
        .await?;
        slice.range.start = end;
        if slice.range.is_empty() {
            self.slices.pop();
        } else {
            self.open = Some(file);
        }
        Ok(Some(piece))
    }
}

/// The stream, with its length, which becomes the `Content-Length`.
struct Body<S> {
    remaining: u64,
    pieces: Pin<Box<S>>,
}

impl<S: Stream<Item = Result<Bytes, StdError>>> Stream for Body<S> {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = self.pieces.as_mut().poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &piece {
            self.remaining -= piece.len() as u64;
        }
        piece
    }
}

impl<S: Stream<Item = Result<Bytes, StdError>>> ByteStream for Body<S> {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(usize::try_from(self.remaining).unwrap_or(usize::MAX))
    }
}

//! The file on this machine, which is read once, from its beginning to its end.
//!
//! What is computed over it, the checksum of each part and the digest of the whole, is computed piece by piece as it is read,
//! while the piece is still in the processor's cache: reading it a second time would take longer than the digest.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use api::checksum::Crc64Nvme;
use bytes::{Buf as _, Bytes, BytesMut};
use portfolio::Parts;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::Sender;

use crate::client::Error;

/// How much is read and summed at once, in bytes.
const PIECE: usize = 128 * 1024;

/// Where a buffer begins: at a multiple of this, in bytes. Files lie in memory page by page, and some processors copy at a fifth
/// of their speed to a place that is 16 bytes further in its page than what is copied, which is where an allocator puts
/// what is long (glibc's bug 30994).
const ALIGNMENT: usize = 4096;

/// A file that should be as long as was announced.
pub(super) struct LocalFile {
    path: PathBuf,
    size: u64,
    /// What parts were in that have arrived. Memory that is new costs as much as to fill it.
    spare: Mutex<Vec<BytesMut>>,
}

/// A part as it was read.
pub(super) struct ReadPart {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its bytes.
    pub(super) bytes: Bytes,
    /// Their checksum.
    pub(super) checksum: Crc64Nvme,
}

impl LocalFile {
    pub(super) fn new(path: &Path, size: u64) -> Self {
        Self {
            path: path.to_owned(),
            size,
            spare: Mutex::default(),
        }
    }

    /// Reads all parts in their order, as far ahead as there is room for, and gives the digest of the whole.
    pub(super) async fn read(&self, parts: Parts, to: Sender<ReadPart>) -> Result<portfolio::Sha256, Error> {
        let path = self.path.clone();
        let mut reader = self
            .beside(move || {
                let file = File::open(path)?;
                let digest = Sha256::new();
                Ok(Reader { file, digest })
            })
            .await?;
        for number in 1..=parts.count() {
            let (Ok(place), Some(length)) = (to.reserve().await, parts.length(number)) else {
                return Err(Error::Upload("part"));
            };
            let (size, buffer) = (self.size, self.spare_buffer());
            let read;
            (reader, read) = self
                .beside(move || {
                    let read = reader.part(buffer, length, size)?;
                    Ok((reader, read))
                })
                .await?;
            let (bytes, checksum) = read;
            place.send(ReadPart {
                number,
                bytes,
                checksum,
            });
        }
        Ok(<[u8; 32]>::from(reader.digest.finalize()).into())
    }

    /// Takes back what a part was in, once nobody needs its bytes any more.
    pub(super) fn recycle(&self, bytes: Bytes) {
        if let Ok(buffer) = bytes.try_into_mut() {
            self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }

    fn spare_buffer(&self) -> BytesMut {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_default()
    }

    /// Reads beside whatever else is going on.
    async fn beside<T: Send + 'static>(
        &self,
        reading: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let read = tokio::task::spawn_blocking(reading).await;
        read.map_err(io::Error::other).flatten().map_err(|source| {
            let path = self.path.clone();
            match source.kind() {
                io::ErrorKind::UnexpectedEof => Error::Changed(path),
                _ => Error::File { path, source },
            }
        })
    }
}

/// A file that is being read.
struct Reader {
    file: File,
    digest: Sha256,
}

impl Reader {
    /// Reads the next bytes, as many as there must be of a file that must still have this size.
    fn part(&mut self, mut buffer: BytesMut, length: u64, size: u64) -> io::Result<(Bytes, Crc64Nvme)> {
        if self.file.metadata()?.len() != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if buffer.capacity() < length {
            buffer = aligned(length);
        }
        buffer.resize(length, 0);
        let mut checksum = crc64nvme::Hasher::new();
        for piece in buffer.chunks_mut(PIECE) {
            self.file.read_exact(piece)?;
            checksum.update(piece);
            self.digest.update(&piece);
        }
        Ok((buffer.freeze(), checksum.finalize().into()))
    }
}

/// A new buffer with room for this many bytes.
fn aligned(length: usize) -> BytesMut {
    let mut buffer = BytesMut::zeroed(length + ALIGNMENT);
    buffer.advance(buffer.as_ptr().align_offset(ALIGNMENT));
    buffer
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use tokio::sync::mpsc;

    use super::*;

    const SIZE: u64 = (23 << 20) + 1;

    fn local(content: &[u8]) -> (tempfile::NamedTempFile, LocalFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let local = LocalFile::new(file.path(), SIZE);
        (file, local)
    }

    #[tokio::test]
    async fn every_part_is_read_once_in_memory_that_is_used_again() {
        let content: Vec<u8> = (0..=250).cycle().take(usize::try_from(SIZE).unwrap()).collect();
        let (_file, local) = local(&content);
        let parts = Parts::of(SIZE);
        let (part, mut read) = mpsc::channel::<ReadPart>(1);
        let taking = async {
            let mut whole = Vec::new();
            while let Some(part) = read.recv().await {
                assert_eq!(parts.offset(part.number), Some(whole.len() as u64));
                assert_eq!(part.checksum, crc64nvme::checksum(&part.bytes).into());
                assert_eq!(part.bytes.as_ptr().align_offset(ALIGNMENT), 0);
                whole.extend_from_slice(&part.bytes);
                local.recycle(part.bytes);
            }
            whole
        };
        let (digest, whole) = tokio::join!(local.read(parts, part), taking);
        assert!(whole == content);
        assert_eq!(digest.unwrap(), <[u8; 32]>::from(Sha256::digest(&content)).into());
        let buffers = local.spare.lock().unwrap().len() as u64;
        assert!(buffers < parts.count(), "{buffers} buffers for {} parts", parts.count());
    }

    #[tokio::test]
    async fn a_file_of_another_length_is_not_read() {
        for length in [0, SIZE - 1, SIZE + 1] {
            let (_file, local) = local(&vec![7; usize::try_from(length).unwrap()]);
            let (part, _read) = mpsc::channel(8);
            let refused = local.read(Parts::of(SIZE), part).await;
            assert!(matches!(refused, Err(Error::Changed(_))), "{length}: {refused:?}");
        }
    }
}

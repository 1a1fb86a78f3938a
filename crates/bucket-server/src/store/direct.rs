//! Files that are written past the page cache.
//!
//! What is uploaded is rarely read again soon, and a video is longer than the memory that a machine has to spare: in the page
//! cache it would push out what is of use, and all of it would have to be written when the upload ends, while its client
//! waits. With `O_DIRECT` (open(2)) the disk has it as it arrives, and an `fsync` has nothing left to do. Stores for production
//! do the same. A filesystem that does not know it (tmpfs) is written to as usual.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// How many bytes go to the disk at once; a multiple of [`ALIGNMENT`].
const BLOCK: usize = 1024 * 1024;

/// Where memory, and places in a file, must begin: the largest logical block that disks have.
const ALIGNMENT: usize = 4096;

/// A new file that is being written from its beginning to its end.
pub(super) struct DirectFile {
    file: File,
    /// One block, and what it takes to begin it at a multiple of [`ALIGNMENT`]: that is where `start` is.
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
}

impl DirectFile {
    /// Creates a file that must not be there yet.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        // Asked for afterwards, so that the file is there either way.
        if let Err(reason) = fcntl_setfl(&file, fcntl_getfl(&file)? | OFlags::DIRECT) {
            tracing::debug!(%reason, "the filesystem has no direct writes");
        }
        let buffer = vec![0; BLOCK + ALIGNMENT];
        let start = buffer.as_ptr().align_offset(ALIGNMENT);
        Ok(Self {
            file,
            buffer,
            start,
            filled: 0,
        })
    }

    /// Appends bytes. The disk has them when [`DirectFile::finish`] returns, not before.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.filled));
            let at = self.start + self.filled;
            self.buffer[at..at + now.len()].copy_from_slice(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == BLOCK {
                self.file.write_all(&self.buffer[self.start..self.start + BLOCK])?;
                self.filled = 0;
            }
        }
        Ok(())
    }

    /// Writes what is left, and returns when all of it is on the disk.
    pub(super) fn finish(self) -> io::Result<()> {
        let rest = &self.buffer[self.start..self.start + self.filled];
        let (aligned, odd) = rest.split_at(rest.len() - rest.len() % ALIGNMENT);
        (&self.file).write_all(aligned)?;
        if !odd.is_empty() {
            // The end of a file need not be aligned, but a direct write must be.
            fcntl_setfl(&self.file, fcntl_getfl(&self.file)? - OFlags::DIRECT)?;
            (&self.file).write_all(odd)?;
        }
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    /// Lengths on both sides of every border, in pieces that do not fit them, on a disk and in memory.
    #[test]
    fn what_is_written_is_what_is_read() {
        let on_disk = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let in_memory = tempfile::tempdir_in("/dev/shm").unwrap();
        let borders = [0, 1, ALIGNMENT, BLOCK, 2 * BLOCK, 2 * BLOCK + ALIGNMENT];
        for folder in [on_disk.path(), in_memory.path()] {
            for length in borders
                .into_iter()
                .flat_map(|border| [border, border + 1, border + ALIGNMENT - 1])
            {
                let content: Vec<u8> = (0..=250).cycle().take(length).collect();
                for piece in [997, 65_536, BLOCK, 3 * BLOCK] {
                    let path = folder.join(format!("{length}-{piece}"));
                    let mut file = DirectFile::create(&path).unwrap();
                    for bytes in content.chunks(piece) {
                        file.write(bytes).unwrap();
                    }
                    file.finish().unwrap();
                    assert!(std::fs::read(&path).unwrap() == content, "{}", path.display());
                    std::fs::remove_file(&path).unwrap();
                }
            }
        }
    }
}

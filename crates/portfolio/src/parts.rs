//! How a document is cut into the parts of a multipart upload.
//!
//! Everybody computes the same parts from the size alone, so that a client can go on with what another began, and the
//! signer can hold each part to the length that it must have. All parts but the last are equal, which some S3-compatible
//! stores insist on. They are small, since a part is what a dropped connection costs, but no more than 256 as long as S3 allows
//! that: each is signed by itself, and clients that send one after the other wait for an answer at the end of each. So a dropped
//! connection costs 5 MiB, or less than half a percent of what is larger than 1.25 GiB; and the bucket lists all parts in one answer.

use crate::limits::{GIB, MIB};

/// The smallest part that S3 takes, but for the last one, in bytes.
pub const SMALLEST_PART: u64 = 5 * MIB;
/// The largest part that S3 takes, in bytes.
pub const LARGEST_PART: u64 = 5 * GIB;
/// The most parts that S3 takes.
pub const MOST_PARTS: u64 = 10_000;
/// The largest object that S3 takes, in bytes: 5 TiB.
pub const LARGEST_OBJECT: u64 = 5 * 1024 * GIB;

/// More parts than these a document has only if they would be larger than S3 takes.
const WANTED_PARTS: u64 = 256;

/// The parts of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    size: u64,
    part_size: u64,
}

impl Parts {
    /// The parts of a document of `size` bytes, from 1 to [`LARGEST_OBJECT`].
    pub const fn of(size: u64) -> Self {
        let even = size.div_ceil(WANTED_PARTS);
        let part_size = if even < SMALLEST_PART {
            SMALLEST_PART
        } else if even > LARGEST_PART {
            LARGEST_PART
        } else {
            even
        };
        Self { size, part_size }
    }

    /// The length of every part but the last, in bytes.
    pub const fn part_size(&self) -> u64 {
        self.part_size
    }

    /// How many parts there are.
    pub const fn count(&self) -> u64 {
        self.size.div_ceil(self.part_size)
    }

    /// The length of a part in bytes; `None` if there is no part of this number. The first is number 1.
    pub const fn length(&self, number: u64) -> Option<u64> {
        if number == 0 || number > self.count() {
            return None;
        }
        let begin = (number - 1) * self.part_size;
        let left = self.size - begin;
        Some(if left < self.part_size { left } else { self.part_size })
    }

    /// Where a part begins, in bytes from the document's beginning.
    pub const fn offset(&self, number: u64) -> Option<u64> {
        match self.length(number) {
            Some(_) => Some((number - 1) * self.part_size),
            None => None,
        }
    }
}

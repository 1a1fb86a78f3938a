//! How a document is cut into the parts of a multipart upload.
//!
//! Everybody computes the same parts from the size alone, so that a client can go on with what another began, and the
//! signer can hold each part to the length that it must have. All parts but the last are equal, which some S3-compatible
//! stores insist on. They are as small as can be, since a part is what a dropped connection costs, but few enough that
//! the bucket lists them all in one answer.

use crate::limits::{GIB, MIB};

/// The smallest part that S3 takes, but for the last one, in bytes.
pub const SMALLEST_PART: u64 = 5 * MIB;
/// The largest part that S3 takes, in bytes.
pub const LARGEST_PART: u64 = 5 * GIB;
/// The most parts that S3 takes.
pub const MOST_PARTS: u64 = 10_000;
/// The largest object that S3 takes, in bytes: 5 TiB.
pub const LARGEST_OBJECT: u64 = 5 * 1024 * GIB;

/// As many parts as one answer of `ListParts` has.
const PARTS_IN_A_LIST: u64 = 1_000;

/// The parts of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    size: u64,
    part_size: u64,
}

impl Parts {
    /// The parts of a document of `size` bytes, from 1 to [`LARGEST_OBJECT`].
    pub const fn of(size: u64) -> Self {
        let even = size.div_ceil(PARTS_IN_A_LIST);
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

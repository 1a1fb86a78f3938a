//! The checksum CRC-64/NVME (NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4), which S3 recommends.
//!
//! It is `crc-fast`'s. That crate's functions are compiled into whoever calls them, so in a build for development they run at a
//! thirtieth of their speed, slower than MD5, wherever the caller is not optimized. This one is the caller, and the workspace's
//! profile optimizes it.

#![forbid(unsafe_code)]

use crc_fast::{CrcAlgorithm, Digest};

/// Computes the checksum of bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Hasher(Digest);

impl Hasher {
    /// Begins.
    #[inline(never)]
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Nvme))
    }

    /// Takes the next piece.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all pieces.
    #[inline(never)]
    pub fn finalize(&self) -> u64 {
        self.0.finalize()
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

/// The checksum of bytes that are all there.
pub fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the catalogue of parametrised CRC algorithms.
    #[test]
    fn the_check_value_is_right_in_one_piece_and_in_several() {
        assert_eq!(checksum(b"123456789"), 0xae8b_1486_0a79_9888);
        let mut hasher = Hasher::new();
        for piece in b"123456789".chunks(2) {
            hasher.update(piece);
        }
        assert_eq!(hasher.finalize(), 0xae8b_1486_0a79_9888);
    }
}

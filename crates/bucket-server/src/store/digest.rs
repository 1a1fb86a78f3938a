//! What is computed over the bytes on their way into a file.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Md5, Sha1, Sha256};
use serde::{Deserialize, Serialize};

/// The checksums that S3 knows beside MD5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    /// Reads S3's name of an algorithm.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "CRC32" => Self::Crc32,
            "CRC32C" => Self::Crc32c,
            "CRC64NVME" => Self::Crc64Nvme,
            "SHA1" => Self::Sha1,
            "SHA256" => Self::Sha256,
            _ => return None,
        })
    }

    /// S3's name of the algorithm.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header, or trailer, that carries a checksum of this kind.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Base64 of the checksum of `bytes`.
    fn over(self, bytes: &[u8]) -> String {
        match self {
            Self::Crc32 => BASE64_STANDARD.encode(Crc32::checksum(bytes)),
            Self::Crc32c => BASE64_STANDARD.encode(Crc32c::checksum(bytes)),
            Self::Crc64Nvme => BASE64_STANDARD.encode(crc64nvme::checksum(bytes).to_be_bytes()),
            Self::Sha1 => BASE64_STANDARD.encode(Sha1::checksum(bytes)),
            Self::Sha256 => BASE64_STANDARD.encode(Sha256::checksum(bytes)),
        }
    }
}

/// A checksum as S3 writes it: Base64, with `-` and the number of parts behind it when it is one of checksums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    pub(crate) value: String,
}

impl Checksum {
    /// Whether it was computed over the parts' checksums rather than over the bytes.
    pub(crate) fn is_composite(&self) -> bool {
        self.value.contains('-')
    }

    /// The checksum of an upload in parts: the checksum of the parts' checksums. `None` when a part has none of this
    /// kind.
    pub(crate) fn composite<'a>(
        algorithm: Algorithm,
        parts: impl IntoIterator<Item = Option<&'a Self>>,
    ) -> Option<Self> {
        let mut together = Vec::new();
        let mut count = 0_usize;
        for part in parts {
            let part = part.filter(|part| part.algorithm == algorithm)?;
            together.extend(BASE64_STANDARD.decode(&part.value).ok()?);
            count += 1;
        }
        let value = format!("{}-{count}", algorithm.over(&together));
        Some(Self { algorithm, value })
    }

    /// The checksum of the whole of an upload in parts, from the parts' checksums and sizes. Only cyclic redundancy
    /// checks can be put together so: `None` for the others, and when a part has no checksum of this kind.
    pub(crate) fn of_whole<'a>(
        algorithm: Algorithm,
        parts: impl IntoIterator<Item = (Option<&'a Self>, u64)>,
    ) -> Option<Self> {
        let kind = match algorithm {
            Algorithm::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
            Algorithm::Crc32c => CrcAlgorithm::Crc32Iscsi,
            Algorithm::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
            Algorithm::Sha1 | Algorithm::Sha256 => return None,
        };
        let mut whole = None;
        let mut width = 0;
        for (part, size) in parts {
            let part = part.filter(|part| part.algorithm == algorithm)?;
            let bytes = BASE64_STANDARD.decode(&part.value).ok()?;
            width = bytes.len();
            let sum = bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            whole = Some(match whole {
                None => sum,
                Some(before) => crc_fast::checksum_combine(kind, before, sum, size),
            });
        }
        let bytes = whole?.to_be_bytes();
        let value = BASE64_STANDARD.encode(bytes.get(bytes.len() - width..)?);
        Some(Self { algorithm, value })
    }
}

/// The digests of one run of bytes.
#[derive(Debug, Clone)]
pub(crate) struct Digests {
    pub(crate) md5: [u8; 16],
    pub(crate) checksum: Option<Checksum>,
}

/// Computes the MD5 that becomes the `ETag`, and one checksum more if the client uses one.
pub(crate) struct Hasher {
    md5: Md5,
    algorithm: Option<Algorithm>,
    checksum: ChecksumHasher,
    /// Beside the others, because theirs is slow where it is not optimized.
    crc64nvme: Option<crc64nvme::Hasher>,
}

impl Hasher {
    pub(crate) fn new(algorithm: Option<Algorithm>) -> Self {
        let mut checksum = ChecksumHasher::default();
        let mut crc64nvme = None;
        match algorithm {
            None => {}
            Some(Algorithm::Crc32) => checksum.crc32 = Some(Crc32::new()),
            Some(Algorithm::Crc32c) => checksum.crc32c = Some(Crc32c::new()),
            Some(Algorithm::Crc64Nvme) => crc64nvme = Some(crc64nvme::Hasher::new()),
            Some(Algorithm::Sha1) => checksum.sha1 = Some(Sha1::new()),
            Some(Algorithm::Sha256) => checksum.sha256 = Some(Sha256::new()),
        }
        Self {
            md5: Md5::new(),
            algorithm,
            checksum,
            crc64nvme,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.checksum.update(bytes);
        if let Some(crc64nvme) = &mut self.crc64nvme {
            crc64nvme.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Digests {
        let sums = self.checksum.finalize();
        let value = sums
            .checksum_crc32
            .or(sums.checksum_crc32c)
            .or(self
                .crc64nvme
                .map(|sum| BASE64_STANDARD.encode(sum.finalize().to_be_bytes())))
            .or(sums.checksum_sha1)
            .or(sums.checksum_sha256);
        Digests {
            md5: self.md5.finalize(),
            checksum: self
                .algorithm
                .zip(value)
                .map(|(algorithm, value)| Checksum { algorithm, value }),
        }
    }
}

/// The `ETag` (without quotes) of bytes that came in one piece.
pub(crate) fn etag(md5: &[u8; 16]) -> String {
    hexadecimal(md5)
}

/// The `ETag` (without quotes) of an upload in parts: the MD5 of the parts' MD5s, and how many there were.
pub(crate) fn etag_of_parts<'a>(etags: impl IntoIterator<Item = &'a str>) -> String {
    let mut md5 = Md5::new();
    let mut count = 0_usize;
    for etag in etags {
        md5.update(&bytes_of(etag));
        count += 1;
    }
    format!("{}-{count}", hexadecimal(&md5.finalize()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn bytes_of(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len() / 2)
        .filter_map(|position| hexadecimal.get(position * 2..position * 2 + 2))
        .filter_map(|digits| u8::from_str_radix(digits, 16).ok())
        .collect()
}

//! Checksums in requests and answers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use s3s::dto::ChecksumType;
use s3s::{S3Result, TrailingHeaders, s3_error};

use crate::store::digest::{Algorithm, Checksum, Digests};
use crate::store::error::Error;

/// The checksum that a request's headers announce: `announced!(input)` is an `S3Result<Option<Checksum>>`.
macro_rules! announced {
    ($input:expr) => {
        $crate::protocol::checksums::only_one([
            ($crate::store::digest::Algorithm::Crc32, $input.checksum_crc32.take()),
            ($crate::store::digest::Algorithm::Crc32c, $input.checksum_crc32c.take()),
            (
                $crate::store::digest::Algorithm::Crc64Nvme,
                $input.checksum_crc64nvme.take(),
            ),
            ($crate::store::digest::Algorithm::Sha1, $input.checksum_sha1.take()),
            ($crate::store::digest::Algorithm::Sha256, $input.checksum_sha256.take()),
        ])
    };
}

/// Puts a checksum into the field of an answer that is meant for it: `tell!(output, checksum)`.
macro_rules! tell {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            let value = Some(checksum.value.clone());
            match checksum.algorithm {
                $crate::store::digest::Algorithm::Crc32 => $output.checksum_crc32 = value,
                $crate::store::digest::Algorithm::Crc32c => $output.checksum_crc32c = value,
                $crate::store::digest::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
                $crate::store::digest::Algorithm::Sha1 => $output.checksum_sha1 = value,
                $crate::store::digest::Algorithm::Sha256 => $output.checksum_sha256 = value,
            }
        }
    };
}

pub(super) use {announced, tell};

/// Picks the one checksum that there may be.
pub(super) fn only_one(values: [(Algorithm, Option<String>); 5]) -> S3Result<Option<Checksum>> {
    let mut values = values
        .into_iter()
        .filter_map(|(algorithm, value)| value.map(|value| Checksum { algorithm, value }));
    let first = values.next();
    if values.next().is_some() {
        return Err(s3_error!(InvalidRequest, "Expecting a single x-amz-checksum- header."));
    }
    Ok(first)
}

/// S3's word for what a checksum covers.
pub(super) fn kind(checksum: &Checksum) -> ChecksumType {
    ChecksumType::from_static(if checksum.is_composite() {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    })
}

/// Reads the name of an algorithm in a request.
pub(super) fn algorithm(name: Option<&str>) -> S3Result<Option<Algorithm>> {
    name.map(|name| {
        Algorithm::parse(name).ok_or_else(|| s3_error!(InvalidRequest, "There is no checksum algorithm {name}."))
    })
    .transpose()
}

/// What the body of a request must turn out to be.
#[derive(Debug)]
pub(super) struct Expected {
    md5: Option<[u8; 16]>,
    checksum: Option<Checksum>,
    algorithm: Option<Algorithm>,
    trailers: Option<TrailingHeaders>,
}

impl Expected {
    /// `algorithm` is the one to compute when no header has a checksum; the checksum may then follow the body.
    pub(super) fn new(
        content_md5: Option<&str>,
        checksum: Option<Checksum>,
        algorithm: Option<Algorithm>,
        trailers: Option<TrailingHeaders>,
    ) -> Result<Self, Error> {
        let md5 = content_md5
            .map(|text| {
                let bytes = BASE64_STANDARD.decode(text).ok();
                bytes
                    .and_then(|bytes| bytes.try_into().ok())
                    .ok_or(Error::InvalidDigest("Content-MD5"))
            })
            .transpose()?;
        Ok(Self {
            md5,
            algorithm: checksum.as_ref().map(|checksum| checksum.algorithm).or(algorithm),
            checksum,
            trailers,
        })
    }

    /// What to compute beside the MD5.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// Checks what has arrived; the trailers are there by now.
    pub(super) fn check(&self, digests: &Digests) -> Result<(), Error> {
        if self.md5.is_some_and(|md5| md5 != digests.md5) {
            return Err(Error::BadDigest("Content-MD5"));
        }
        let Some(computed) = &digests.checksum else {
            return Ok(());
        };
        let trailer = self
            .trailers
            .as_ref()
            .and_then(|trailers| trailers.read(|trailers| trailers.get(computed.algorithm.header()).cloned()))
            .flatten();
        let in_trailer = trailer.as_ref().map(HeaderValue::as_bytes);
        let in_header = self.checksum.as_ref().map(|checksum| checksum.value.as_bytes());
        if in_header
            .or(in_trailer)
            .is_some_and(|value| value != computed.value.as_bytes())
        {
            return Err(Error::BadDigest(computed.algorithm.name()));
        }
        Ok(())
    }
}

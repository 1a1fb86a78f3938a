//! Checksums that a bucket holds against what arrives.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The kinds of checksum that an upload in parts can be begun with
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChecksumAlgorithm {
    /// The one that S3 recommends, and computes itself where a client sends none.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
}

/// A cyclic redundancy check of the kind CRC-64/NVME (NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4), most
/// significant byte first; written in Base64, as S3 writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=$"))]
pub struct Crc64Nvme([u8; 8]);

impl Crc64Nvme {
    /// The checksum's bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl From<u64> for Crc64Nvme {
    fn from(checksum: u64) -> Self {
        Self(checksum.to_be_bytes())
    }
}

impl Serialize for Crc64Nvme {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Crc64Nvme {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| de::Error::custom("a checksum of the kind CRC64NVME is 8 bytes in Base64"))
    }
}

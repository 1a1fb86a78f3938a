//! One request to the bucket at a time, signed for a teacher's client.
//!
//! The members have the names that Uppy's `@uppy/aws-s3` gives them: what its `signRequest` option is called with is a
//! [`SignRequest`], and what it must return is a [`Signed`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use portfolio::limits::SINGLE_PUT;
use portfolio::{Parts, Sha256};
use serde::{Deserialize, Serialize};

use crate::checksum::{ChecksumAlgorithm, Crc64Nvme};
use crate::problem::Problem;

/// The request that is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignRequest {
    /// Its method. With `uploadId` and `partNumber` they stand for: `PUT` alone, upload the whole document; `POST` alone,
    /// begin an upload in parts; `PUT` with both, upload a part; `GET` with `uploadId`, list the parts that the bucket has;
    /// `POST` with `uploadId`, put the parts together; `DELETE` with `uploadId`, throw them away.
    pub method: Method,
    /// The upload in parts that it belongs to: the id that the bucket gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 1024))]
    pub upload_id: Option<String>,
    /// The part's number, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 1, maximum = 10_000))]
    pub part_number: Option<u64>,
    /// The object's key. It need not be given; if it is, it must be the document's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub key: Option<String>,
    /// When an upload in parts is begun: the kind of checksum that its parts will have. Stores that do not know it refuse it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    /// Of a part, where the upload was begun with `checksumAlgorithm`: its checksum, which the bucket holds against what arrives.
    #[serde(rename = "checksumCRC64NVME", skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub checksum_crc64nvme: Option<Crc64Nvme>,
    /// When the parts are put together: the SHA-256 of the whole document, for clients that compute it while they upload. It takes
    /// the place of one that was told before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub sha256: Option<Sha256>,
}

/// The methods of requests to the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// List.
    Get,
    /// Begin, or put together.
    Post,
    /// Upload.
    Put,
    /// Throw away.
    Delete,
}

/// What a [`SignRequest`] asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Upload the whole document.
    Put,
    /// Begin an upload in parts.
    Create {
        /// The kind of checksum that the parts will have, if any.
        checksums: Option<ChecksumAlgorithm>,
    },
    /// List the parts that the bucket has.
    List {
        /// The upload.
        upload_id: String,
    },
    /// Upload a part.
    Part {
        /// The upload.
        upload_id: String,
        /// The part's number, which is one that the document has.
        number: u16,
        /// The part's length in bytes.
        size: u64,
        /// The part's checksum, if it has one.
        checksum: Option<Crc64Nvme>,
    },
    /// Put the parts together.
    Complete {
        /// The upload.
        upload_id: String,
        /// The SHA-256 of the whole, if the client tells it only now.
        sha256: Option<Sha256>,
    },
    /// Throw the parts away.
    Abort {
        /// The upload.
        upload_id: String,
    },
}

impl Operation {
    /// What it is called, in kebab-case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Create { .. } => "create",
            Self::List { .. } => "list",
            Self::Part { .. } => "part",
            Self::Complete { .. } => "complete",
            Self::Abort { .. } => "abort",
        }
    }
}

impl SignRequest {
    /// What it asks for, of a document with this key and size.
    pub fn operation(self, key: &str, size: u64) -> Result<Operation, Problem> {
        if self.key.is_some_and(|asked| asked != key) {
            return Err(Problem::invalid_member(
                "/key",
                "This is not the document's key. Leave it out, or take it from \"upload\".",
            ));
        }
        let (algorithm, checksum, sha256) = (self.checksum_algorithm, self.checksum_crc64nvme, self.sha256);
        let operation = match (self.method, self.upload_id, self.part_number) {
            (Method::Put, None, None) if size > SINGLE_PUT => Err(Problem::invalid_member(
                "/method",
                "The document is too long to be uploaded whole. Upload it in parts.",
            )),
            (Method::Put, None, None) => Ok(Operation::Put),
            (Method::Post, None, None) => Ok(Operation::Create { checksums: algorithm }),
            (Method::Get, Some(upload_id), None) => Ok(Operation::List { upload_id }),
            (Method::Post, Some(upload_id), None) => Ok(Operation::Complete { upload_id, sha256 }),
            (Method::Delete, Some(upload_id), None) => Ok(Operation::Abort { upload_id }),
            (Method::Put, Some(upload_id), Some(number)) => part(upload_id, number, Parts::of(size), checksum),
            (Method::Put, None, Some(_)) | (Method::Get | Method::Delete, None, _) => Err(Problem::invalid_member(
                "/uploadId",
                "Say to which upload it belongs: the bucket gave its id when it was begun.",
            )),
            (Method::Put, Some(_), None) => Err(Problem::invalid_member("/partNumber", "Say which part it is.")),
            (Method::Get | Method::Post | Method::Delete, _, Some(_)) => {
                Err(Problem::invalid_member("/partNumber", "Only a PUT is about a part."))
            }
        }?;
        // What is said in the wrong place would be lost, and its sender believe that it was heard.
        let is_create = matches!(operation, Operation::Create { .. });
        let is_part = matches!(operation, Operation::Part { .. });
        let is_complete = matches!(operation, Operation::Complete { .. });
        for (is_out_of_place, pointer, detail) in [
            (
                algorithm.is_some() && !is_create,
                "/checksumAlgorithm",
                "Say it when the upload in parts is begun.",
            ),
            (
                checksum.is_some() && !is_part,
                "/checksumCRC64NVME",
                "Only a part has such a checksum.",
            ),
            (
                sha256.is_some() && !is_complete,
                "/sha256",
                "Say it when the parts are put together, or when you announce the document.",
            ),
        ] {
            if is_out_of_place {
                return Err(Problem::invalid_member(pointer, detail));
            }
        }
        Ok(operation)
    }
}

fn part(upload_id: String, number: u64, parts: Parts, checksum: Option<Crc64Nvme>) -> Result<Operation, Problem> {
    match (u16::try_from(number), parts.length(number)) {
        (Ok(number), Some(size)) => Ok(Operation::Part {
            upload_id,
            number,
            size,
            checksum,
        }),
        _ => Err(Problem::invalid_member(
            "/partNumber",
            format!("The document has parts from 1 to {}.", parts.count()),
        )),
    }
}

/// A signed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signed {
    /// Its method.
    pub method: Method,
    /// Where it goes. Whoever has this address may make the request, so it is as secret as a password.
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub url: String,
    /// The object's key.
    pub key: String,
    /// Header fields that must be sent exactly like this. `Content-Length` is not among them: every client sends it, and
    /// scripts in a browser may not.
    pub headers: BTreeMap<String, String>,
    /// How many bytes the body must have, where it is the document or a part of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub size: Option<u64>,
    /// Until when the request must have begun. Another can be signed at any time.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    const KEY: &str = "submissions/s/d/original";

    fn operation(body: &str, size: u64) -> Result<Operation, String> {
        let request: SignRequest = serde_json::from_str(body).unwrap();
        let pointer = |problem: Problem| problem.errors()[0].pointer.clone().unwrap();
        request.operation(KEY, size).map_err(pointer)
    }

    /// The seven requests of Uppy 6, as its `signRequest` gets them.
    #[test]
    fn what_uppy_asks_for_is_understood() {
        let upload_id = || "u".to_owned();
        let size = (5 << 20) + 1;
        for (body, expected) in [
            (
                r#"{"method":"PUT","key":"submissions/s/d/original","contentType":"video/mp4"}"#,
                Operation::Put,
            ),
            (
                r#"{"method":"POST","key":"submissions/s/d/original"}"#,
                Operation::Create { checksums: None },
            ),
            (
                r#"{"method":"PUT","key":"submissions/s/d/original","uploadId":"u","partNumber":2}"#,
                Operation::Part {
                    upload_id: upload_id(),
                    number: 2,
                    size: 1,
                    checksum: None,
                },
            ),
            (
                r#"{"method":"GET","key":"submissions/s/d/original","uploadId":"u"}"#,
                Operation::List { upload_id: upload_id() },
            ),
            (
                r#"{"method":"POST","uploadId":"u"}"#,
                Operation::Complete {
                    upload_id: upload_id(),
                    sha256: None,
                },
            ),
            (
                r#"{"method":"DELETE","uploadId":"u"}"#,
                Operation::Abort { upload_id: upload_id() },
            ),
        ] {
            assert_eq!(operation(body, size), Ok(expected), "{body}");
        }
    }

    #[test]
    fn checksums_are_understood_where_they_belong() {
        let digest = "ab".repeat(32);
        let complete = format!(r#"{{"method":"POST","uploadId":"u","sha256":"{digest}"}}"#);
        for (body, expected) in [
            (
                r#"{"method":"POST","checksumAlgorithm":"CRC64NVME"}"#,
                Operation::Create {
                    checksums: Some(ChecksumAlgorithm::Crc64Nvme),
                },
            ),
            (
                r#"{"method":"PUT","uploadId":"u","partNumber":1,"checksumCRC64NVME":"AAAAAAAAAAE="}"#,
                Operation::Part {
                    upload_id: "u".into(),
                    number: 1,
                    size: 1,
                    checksum: Some(1.into()),
                },
            ),
            (
                &complete,
                Operation::Complete {
                    upload_id: "u".into(),
                    sha256: Some([0xab; 32].into()),
                },
            ),
        ] {
            assert_eq!(operation(body, 1), Ok(expected), "{body}");
        }
        for checksum in ["", "AAAAAAAAAAE", "AAAAAAAAAAAA", "0000000000000001"] {
            let body = format!(r#"{{"method":"PUT","uploadId":"u","partNumber":1,"checksumCRC64NVME":"{checksum}"}}"#);
            let refused = serde_json::from_str::<SignRequest>(&body).unwrap_err().to_string();
            assert!(refused.contains("8 bytes in Base64"), "{refused}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (body, size, pointer) in [
            (r#"{"method":"PUT","key":"submissions/s/other/original"}"#, 1, "/key"),
            (r#"{"method":"DELETE"}"#, 1, "/uploadId"),
            (r#"{"method":"GET","partNumber":1}"#, 1, "/uploadId"),
            (r#"{"method":"PUT","partNumber":1}"#, 1, "/uploadId"),
            (r#"{"method":"PUT","uploadId":"u"}"#, 1, "/partNumber"),
            (r#"{"method":"POST","uploadId":"u","partNumber":1}"#, 1, "/partNumber"),
            (r#"{"method":"PUT","uploadId":"u","partNumber":0}"#, 1, "/partNumber"),
            (r#"{"method":"PUT","uploadId":"u","partNumber":2}"#, 1, "/partNumber"),
            (
                r#"{"method":"PUT","uploadId":"u","partNumber":10001}"#,
                1 << 43,
                "/partNumber",
            ),
            (
                r#"{"method":"PUT","uploadId":"u","partNumber":18446744073709551615}"#,
                1,
                "/partNumber",
            ),
            (r#"{"method":"PUT"}"#, SINGLE_PUT + 1, "/method"),
            (
                r#"{"method":"PUT","checksumAlgorithm":"CRC64NVME"}"#,
                1,
                "/checksumAlgorithm",
            ),
            (
                r#"{"method":"PUT","checksumCRC64NVME":"AAAAAAAAAAE="}"#,
                1,
                "/checksumCRC64NVME",
            ),
            (
                r#"{"method":"POST","sha256":"abababababababababababababababababababababababababababababababab"}"#,
                1,
                "/sha256",
            ),
        ] {
            assert_eq!(operation(body, size), Err(pointer.to_owned()), "{body}");
        }
    }
}

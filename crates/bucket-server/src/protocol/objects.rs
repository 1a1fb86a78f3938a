//! Whole objects.

use std::ops::Range as Bytes;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksums::{self, Expected, announced, tell};
use super::{Answer, LARGEST_WRITE, Protocol, signed};
use crate::store::blobs::Received;
use crate::store::conditions::{ReadConditions, WriteConditions};
use crate::store::error::Error;
use crate::store::objects::{Headers, Object as Stored};
use crate::store::read::{self, Segment};

/// The most objects that one request may delete, as in S3.
const MOST_DELETED: usize = 1000;

impl Protocol {
    pub(super) async fn put(&self, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        self.admit(&request, &request.input.bucket)?;
        let mut input = request.input;
        let checksum = announced!(input)?;
        let algorithm = checksums::algorithm(input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str))?;
        let expected = Expected::new(
            input.content_md5.as_deref(),
            checksum,
            algorithm,
            request.trailing_headers,
        )?;
        let received = self.receive(input.body, input.content_length, &expected).await?;
        let headers = Headers {
            content_type: media_type(input.content_type),
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding.and_then(|encoding| without_framing(&encoding)),
            content_language: input.content_language,
            expires: input.expires,
            metadata: input.metadata.unwrap_or_default(),
        };
        let conditions = WriteConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
        };
        let object = self.store.put(input.key, received, headers, conditions).await?;
        let mut output = PutObjectOutput {
            e_tag: Some(ETag::Strong(object.etag)),
            checksum_type: object.checksum.as_ref().map(checksums::kind),
            ..PutObjectOutput::default()
        };
        tell!(output, &object.checksum);
        Ok(S3Response::new(output))
    }

    /// Takes a body in, and checks it.
    pub(super) async fn receive(
        &self,
        body: Option<StreamingBlob>,
        length: Option<ContentLength>,
        expected: &Expected,
    ) -> S3Result<Received> {
        let size = u64::try_from(length.unwrap_or(0)).unwrap_or(0);
        if size > LARGEST_WRITE {
            return Err(s3_error!(
                EntityTooLarge,
                "One request can write at most 5 GiB; larger objects are uploaded in parts."
            ));
        }
        let body = body.ok_or_else(|| s3_error!(MissingRequestBodyError, "The request has no body."))?;
        let received = self.store.blobs.receive(body, size, expected.algorithm()).await?;
        expected.check(&received.digests)?;
        Ok(received)
    }

    pub(super) async fn get(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        refuse_version(input.version_id.as_ref())?;
        let opened = self.store.open_object(input.key).await?;
        let object = opened.object;
        let conditions = ReadConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        conditions.check(&object.etag, object.modified)?;

        let selected = select(&object, &opened.segments, input.range.as_ref(), input.part_number)?;
        let range = selected.clone().unwrap_or(0..object.size);
        let body = read::stream(self.store.blobs.clone(), opened.lease, &opened.segments, range.clone());
        let mut output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(body),
            content_length: Some(signed(range.end - range.start)),
            content_range: selected.map(|range| content_range(&range, object.size)),
            content_type: object.headers.content_type,
            cache_control: object.headers.cache_control,
            content_disposition: object.headers.content_disposition,
            content_encoding: object.headers.content_encoding,
            content_language: object.headers.content_language,
            expires: object.headers.expires,
            metadata: Some(object.headers.metadata),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.modified.into()),
            parts_count: parts_count(object.parts, input.part_number),
            ..GetObjectOutput::default()
        };
        // A checksum covers the whole object, so that it would mislead beside a range of it.
        if wants_checksum(input.checksum_mode.as_ref()) && output.content_range.is_none() {
            tell!(output, &object.checksum);
            output.checksum_type = object.checksum.as_ref().map(checksums::kind);
        }
        Ok(S3Response::new(output))
    }

    /// As [`Protocol::get`], without the bytes. A range means nothing here (RFC 9110 §14.2).
    pub(super) async fn head(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        refuse_version(input.version_id.as_ref())?;
        let (object, segments) = self.store.look_at_segments(input.key).await?;
        let conditions = ReadConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        conditions.check(&object.etag, object.modified)?;
        let selected = select(&object, &segments, None, input.part_number)?;
        let range = selected.clone().unwrap_or(0..object.size);
        let headers = object.headers;
        let mut output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(signed(range.end - range.start)),
            content_range: selected.map(|range| content_range(&range, object.size)),
            content_type: input.response_content_type.or(headers.content_type),
            cache_control: input.response_cache_control.or(headers.cache_control),
            content_disposition: input.response_content_disposition.or(headers.content_disposition),
            content_encoding: input.response_content_encoding.or(headers.content_encoding),
            content_language: input.response_content_language.or(headers.content_language),
            expires: input.response_expires.or(headers.expires),
            metadata: Some(headers.metadata),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.modified.into()),
            parts_count: parts_count(object.parts, input.part_number),
            ..HeadObjectOutput::default()
        };
        if wants_checksum(input.checksum_mode.as_ref()) && output.content_range.is_none() {
            tell!(output, &object.checksum);
            output.checksum_type = object.checksum.as_ref().map(checksums::kind);
        }
        Ok(S3Response::new(output))
    }

    pub(super) async fn copy(&self, request: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        self.admit(&request, &request.input.bucket)?;
        let source = self.source(&request.input.copy_source)?;
        let input = request.input;
        let replace = input
            .metadata_directive
            .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
        if source == input.key && !replace {
            return Err(s3_error!(
                InvalidRequest,
                "An object is copied onto itself only to replace its metadata."
            ));
        }
        let headers = replace.then(|| Headers {
            content_type: media_type(input.content_type),
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            expires: input.expires,
            metadata: input.metadata.unwrap_or_default(),
        });
        let conditions = ReadConditions {
            if_match: input.copy_source_if_match,
            if_none_match: input.copy_source_if_none_match,
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        };
        let object = self.store.copy(source, conditions, input.key, headers).await?;
        let mut result = CopyObjectResult {
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(object.modified.into()),
            checksum_type: object.checksum.as_ref().map(checksums::kind),
            ..CopyObjectResult::default()
        };
        tell!(result, &object.checksum);
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            ..CopyObjectOutput::default()
        }))
    }

    /// The key that `x-amz-copy-source` names, in this bucket.
    pub(super) fn source(&self, source: &CopySource) -> S3Result<String> {
        match source {
            CopySource::Bucket {
                bucket,
                key,
                version_id,
            } if **bucket == self.bucket => {
                refuse_version(version_id.as_deref().map(str::to_owned).as_ref())?;
                Ok(key.to_string())
            }
            CopySource::Bucket { bucket, .. } => Err(s3_error!(NoSuchBucket, "There is no bucket {bucket} here.")),
            _ => Err(s3_error!(NotImplemented, "Objects are copied within the bucket only.")),
        }
    }

    pub(super) async fn delete(&self, request: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        refuse_version(input.version_id.as_ref())?;
        let conditions = WriteConditions {
            if_match: input.if_match,
            if_none_match: None,
        };
        let answers = self.store.delete(vec![(input.key, conditions)]).await?;
        answers.into_iter().collect::<Result<(), Error>>()?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    pub(super) async fn delete_many(&self, request: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        self.admit(&request, &request.input.bucket)?;
        let Delete { objects, quiet } = request.input.delete;
        if objects.is_empty() || objects.len() > MOST_DELETED {
            return Err(s3_error!(
                MalformedXML,
                "One request deletes 1 to {MOST_DELETED} objects."
            ));
        }
        let keys: Vec<String> = objects.iter().map(|object| object.key.clone()).collect();
        let objects = objects
            .into_iter()
            .map(|object| {
                let conditions = WriteConditions {
                    if_match: object.e_tag.map(ETagCondition::ETag),
                    if_none_match: None,
                };
                (object.key, conditions)
            })
            .collect();

        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for (key, answer) in keys.into_iter().zip(self.store.delete(objects).await?) {
            match answer.map_err(s3s::S3Error::from) {
                Ok(()) => deleted.push(DeletedObject {
                    key: Some(key),
                    ..DeletedObject::default()
                }),
                Err(error) => errors.push(s3s::dto::Error {
                    key: Some(key),
                    code: Some(error.code().as_str().to_owned()),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                }),
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (quiet != Some(true)).then_some(deleted),
            errors: Some(errors),
            request_charged: None,
        }))
    }
}

/// The bytes that are asked for; `None` is all of them.
fn select(
    object: &Stored,
    segments: &[Segment],
    range: Option<&Range>,
    part: Option<PartNumber>,
) -> S3Result<Option<Bytes<u64>>> {
    match (range, part) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "A request is for a range or for a part, not for both."
        )),
        (Some(range), None) => {
            let size = object.size;
            let bytes = range.check(size).ok().filter(|bytes| !bytes.is_empty());
            Ok(Some(bytes.ok_or(Error::InvalidRange { size })?))
        }
        (None, Some(number)) => {
            // An object that came in one piece is its own first part.
            let before = usize::try_from(number)
                .ok()
                .and_then(|number| number.checked_sub(1))
                .filter(|before| *before < object.parts.map_or(1, |_| segments.len()))
                .ok_or_else(|| s3_error!(InvalidRange, "The object has no part {number}."))?;
            if object.parts.is_none() {
                return Ok(None);
            }
            let start = segments.iter().take(before).map(|segment| segment.size).sum();
            let size = segments.get(before).map_or(0, |segment| segment.size);
            Ok(Some(start..start + size))
        }
    }
}

fn content_range(bytes: &Bytes<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", bytes.start, bytes.end.saturating_sub(1))
}

/// How many parts there are is told only to those who ask for one.
fn parts_count(parts: Option<u32>, asked: Option<PartNumber>) -> Option<i32> {
    asked.and(parts).and_then(|parts| i32::try_from(parts).ok())
}

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// Versions are not kept: the only one has the name that S3 gives to those of unversioned buckets.
fn refuse_version(version: Option<&String>) -> S3Result<()> {
    match version {
        Some(version) if version != "null" => Err(s3_error!(NoSuchVersion, "The bucket keeps no versions.")),
        _ => Ok(()),
    }
}

/// The media type of an object; S3 has one for those that were written without.
pub(super) fn media_type(declared: Option<ContentType>) -> Option<ContentType> {
    declared.or_else(|| Some("binary/octet-stream".to_owned()))
}

/// The content encoding without the framing of signed chunks, which is gone by now.
fn without_framing(encoding: &str) -> Option<String> {
    let encodings: Vec<&str> = encoding
        .split(',')
        .map(str::trim)
        .filter(|encoding| *encoding != "aws-chunked" && !encoding.is_empty())
        .collect();
    (!encodings.is_empty()).then(|| encodings.join(","))
}

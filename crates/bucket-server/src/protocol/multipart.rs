//! Uploads in parts.

use http::header::HOST;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksums::{self, Expected, announced, tell};
use super::listing::Encoding;
use super::objects::media_type;
use super::{Answer, Protocol, page_size, signed};
use crate::store::conditions::{ReadConditions, WriteConditions};
use crate::store::digest::Algorithm;
use crate::store::error::Error;
use crate::store::listing::Query;
use crate::store::multipart::{ChecksumPlan, ListedPart};
use crate::store::objects::Headers;
use crate::store::read;

/// The highest number that a part may have, as in S3.
const LAST_PART: u16 = 10_000;

impl Protocol {
    pub(super) async fn create_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        let headers = Headers {
            content_type: media_type(input.content_type),
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            expires: input.expires,
            metadata: input.metadata.unwrap_or_default(),
        };
        let algorithm = checksums::algorithm(input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str))?;
        let plan = algorithm
            .map(|algorithm| plan(algorithm, input.checksum_type.as_ref()))
            .transpose()?;
        let upload = self.store.create_upload(input.key, headers, plan).await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(upload.key),
            upload_id: Some(upload.id),
            checksum_algorithm: plan.map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
            checksum_type: plan.map(kind),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    pub(super) async fn put_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        self.admit(&request, &request.input.bucket)?;
        let mut input = request.input;
        let number = part_number(input.part_number)?;
        let upload = self
            .store
            .look_at_upload(input.key.clone(), input.upload_id.clone())
            .await?;
        let checksum = announced!(input)?;
        let planned = upload.checksum.map(|plan| plan.algorithm);
        let announced = checksums::algorithm(input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str))?;
        let announced = checksum.as_ref().map(|checksum| checksum.algorithm).or(announced);
        if let (Some(planned), Some(announced)) = (planned, announced)
            && planned != announced
        {
            return Err(s3_error!(
                InvalidRequest,
                "The upload was begun for {} checksums; this part has {}.",
                planned.name(),
                announced.name()
            ));
        }
        let algorithm = announced.or(planned);
        let expected = Expected::new(
            input.content_md5.as_deref(),
            checksum,
            algorithm,
            request.trailing_headers,
        )?;
        let received = self.receive(input.body, input.content_length, &expected).await?;
        let part = self
            .store
            .put_part(input.key, input.upload_id, number, received)
            .await?;
        let mut output = UploadPartOutput {
            e_tag: Some(ETag::Strong(part.etag)),
            ..UploadPartOutput::default()
        };
        tell!(output, &part.checksum);
        Ok(S3Response::new(output))
    }

    pub(super) async fn copy_part(&self, request: S3Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> {
        self.admit(&request, &request.input.bucket)?;
        let source = self.source(&request.input.copy_source)?;
        let input = request.input;
        let number = part_number(input.part_number)?;
        let upload = self
            .store
            .look_at_upload(input.key.clone(), input.upload_id.clone())
            .await?;
        let opened = self.store.open_object(source).await?;
        let conditions = ReadConditions {
            if_match: input.copy_source_if_match,
            if_none_match: input.copy_source_if_none_match,
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        };
        conditions
            .check(&opened.object.etag, opened.object.modified)
            .map_err(|error| match error {
                Error::NotModified { .. } => Error::PreconditionFailed("x-amz-copy-source-if-none-match"),
                other => other,
            })?;
        let size = opened.object.size;
        let bytes = match input.copy_source_range {
            None => 0..size,
            Some(range) => Range::parse(&range)
                .ok()
                .and_then(|range| range.check(size).ok())
                .filter(|bytes| !bytes.is_empty())
                .ok_or(Error::InvalidRange { size })?,
        };
        let length = Some(signed(bytes.end - bytes.start));
        let body = read::stream(self.store.blobs.clone(), opened.lease, &opened.segments, bytes);
        let expected = Expected::new(None, None, upload.checksum.map(|plan| plan.algorithm), None)?;
        let received = self.receive(Some(body), length, &expected).await?;
        let part = self
            .store
            .put_part(input.key, input.upload_id, number, received)
            .await?;
        let mut result = CopyPartResult {
            e_tag: Some(ETag::Strong(part.etag)),
            last_modified: Some(part.modified.into()),
            ..CopyPartResult::default()
        };
        tell!(result, &part.checksum);
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(result),
            ..UploadPartCopyOutput::default()
        }))
    }

    pub(super) async fn list_parts_of_upload(&self, request: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        let max_parts = page_size(input.max_parts)?;
        let limit = usize::try_from(max_parts).unwrap_or(0);
        let after = u16::try_from(input.part_number_marker.unwrap_or(0)).unwrap_or(LAST_PART);
        // One more than the page holds tells whether there is another page.
        let (upload, mut parts) = self
            .store
            .list_parts(input.key, input.upload_id, after, limit + 1)
            .await?;
        let truncated = parts.len() > limit && limit > 0;
        parts.truncate(limit);
        let last = parts.last().map(|part| i32::from(part.number));
        let parts = parts.into_iter().map(|part| {
            let mut listed = Part {
                part_number: Some(i32::from(part.number)),
                size: Some(signed(part.size)),
                e_tag: Some(ETag::Strong(part.etag)),
                last_modified: Some(part.modified.into()),
                ..Part::default()
            };
            tell!(listed, &part.checksum);
            listed
        });
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(upload.key),
            upload_id: Some(upload.id),
            part_number_marker: Some(i32::from(after)),
            next_part_number_marker: Some(last.unwrap_or(0)),
            max_parts: Some(max_parts),
            is_truncated: Some(truncated),
            parts: Some(parts.collect()),
            checksum_algorithm: upload
                .checksum
                .map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
            checksum_type: upload.checksum.map(kind),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..ListPartsOutput::default()
        }))
    }

    pub(super) async fn list_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        let encoding = Encoding::asked(input.encoding_type.as_ref())?;
        let max_uploads = page_size(input.max_uploads)?;
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: input.key_marker.clone().unwrap_or_default(),
            limit: usize::try_from(max_uploads).unwrap_or(0),
        };
        // The marker among the uploads of one key means nothing without the key.
        let after_id = input.upload_id_marker.clone().filter(|_| input.key_marker.is_some());
        let page = self.store.list_uploads(query, after_id).await?;
        let next_key = page.last.filter(|_| page.truncated);
        let next_id = page
            .items
            .last()
            .filter(|upload| Some(&upload.key) == next_key.as_ref())
            .map(|upload| upload.id.clone());
        let uploads = page.items.into_iter().map(|upload| MultipartUpload {
            key: Some(encoding.of(upload.key)),
            upload_id: Some(upload.id),
            initiated: Some(upload.initiated.into()),
            checksum_algorithm: upload
                .checksum
                .map(|plan| ChecksumAlgorithm::from_static(plan.algorithm.name())),
            checksum_type: upload.checksum.map(kind),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..MultipartUpload::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix.map(|prefix| encoding.of(prefix)),
            delimiter: input.delimiter.map(|delimiter| encoding.of(delimiter)),
            encoding_type: input.encoding_type,
            key_marker: Some(encoding.of(input.key_marker.unwrap_or_default())),
            upload_id_marker: input.upload_id_marker,
            max_uploads: Some(max_uploads),
            is_truncated: Some(page.truncated),
            next_key_marker: next_key.map(|key| encoding.of(key)),
            next_upload_id_marker: next_id,
            uploads: Some(uploads.collect()),
            common_prefixes: Some(encoding.prefixes(page.prefixes)),
            ..ListMultipartUploadsOutput::default()
        }))
    }

    pub(super) async fn complete_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        self.admit(&request, &request.input.bucket)?;
        let host = request.headers.get(HOST).and_then(|host| host.to_str().ok());
        let origin = host.map_or_else(String::new, |host| format!("http://{host}"));
        let mut input = request.input;
        let expected = announced!(input)?;
        let parts = input.multipart_upload.and_then(|list| list.parts).unwrap_or_default();
        if parts.is_empty() {
            return Err(s3_error!(MalformedXML, "The list of parts is empty."));
        }
        let listed = parts.into_iter().map(listed_part).collect::<S3Result<Vec<_>>>()?;
        let size = input.mpu_object_size.and_then(|size| u64::try_from(size).ok());
        let conditions = WriteConditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
        };
        let completed = self
            .store
            .complete_upload(input.key.clone(), input.upload_id, listed, size, expected, conditions)
            .await?;
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!(
                "{origin}/{}/{}",
                input.bucket,
                Encoding::Url.of(input.key.clone())
            )),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(completed.etag)),
            checksum_type: completed.checksum.as_ref().map(checksums::kind),
            ..CompleteMultipartUploadOutput::default()
        };
        tell!(output, &completed.checksum);
        Ok(S3Response::new(output))
    }

    pub(super) async fn abort_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        self.admit(&request, &request.input.bucket)?;
        self.store
            .abort_upload(request.input.key, request.input.upload_id)
            .await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

fn part_number(number: i32) -> S3Result<u16> {
    u16::try_from(number)
        .ok()
        .filter(|number| (1..=LAST_PART).contains(number))
        .ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and {LAST_PART}, inclusive."
            )
        })
}

fn listed_part(mut part: CompletedPart) -> S3Result<ListedPart> {
    let checksum = announced!(part)?;
    let number = part_number(part.part_number.unwrap_or(0))?;
    let etag = part
        .e_tag
        .ok_or_else(|| s3_error!(MalformedXML, "Part {number} is listed without its ETag."))?;
    Ok(ListedPart {
        number,
        etag: etag.into_value(),
        checksum,
    })
}

/// What kind of checksum an upload gets; S3 has a default for each algorithm.
fn plan(algorithm: Algorithm, asked: Option<&ChecksumType>) -> S3Result<ChecksumPlan> {
    let full_object = match asked.map(ChecksumType::as_str) {
        None => algorithm == Algorithm::Crc64Nvme,
        Some(ChecksumType::FULL_OBJECT) => true,
        Some(ChecksumType::COMPOSITE) => false,
        Some(other) => return Err(s3_error!(InvalidRequest, "There is no checksum type {other}.")),
    };
    let possible = match algorithm {
        Algorithm::Crc32 | Algorithm::Crc32c => true,
        Algorithm::Crc64Nvme => full_object,
        Algorithm::Sha1 | Algorithm::Sha256 => !full_object,
    };
    if !possible {
        return Err(s3_error!(
            InvalidRequest,
            "A {} checksum cannot be of this type.",
            algorithm.name()
        ));
    }
    Ok(ChecksumPlan { algorithm, full_object })
}

fn kind(plan: ChecksumPlan) -> ChecksumType {
    ChecksumType::from_static(if plan.full_object {
        ChecksumType::FULL_OBJECT
    } else {
        ChecksumType::COMPOSITE
    })
}

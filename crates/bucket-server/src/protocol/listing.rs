//! Lists of objects.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Answer, Protocol, page_size, signed};
use crate::store::listing::{Page, Query};
use crate::store::objects::Object as Stored;

/// What stays as it is when keys are encoded: XML cannot carry every character that a key may have.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How the keys of a listing are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    pub(super) fn asked(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(other) => Err(s3_error!(InvalidArgument, "There is no encoding {other}.")),
        }
    }

    pub(super) fn of(self, text: String) -> String {
        match self {
            Self::Plain => text,
            Self::Url => utf8_percent_encode(&text, KEPT).to_string(),
        }
    }

    pub(super) fn prefixes(self, prefixes: Vec<String>) -> CommonPrefixList {
        prefixes
            .into_iter()
            .map(|prefix| CommonPrefix {
                prefix: Some(self.of(prefix)),
            })
            .collect()
    }

    fn objects(self, objects: Vec<Stored>) -> ObjectList {
        objects
            .into_iter()
            .map(|object| Object {
                key: Some(self.of(object.key)),
                size: Some(signed(object.size)),
                e_tag: Some(ETag::Strong(object.etag)),
                last_modified: Some(object.modified.into()),
                storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                checksum_algorithm: object
                    .checksum
                    .map(|checksum| vec![ChecksumAlgorithm::from_static(checksum.algorithm.name())]),
                ..Object::default()
            })
            .collect()
    }
}

impl Protocol {
    /// The second version of the listing, which goes on with an opaque token.
    pub(super) async fn list_by_token(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        let encoding = Encoding::asked(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys)?;
        let after = match &input.continuation_token {
            Some(token) => read_token(token)?,
            None => input.start_after.clone().unwrap_or_default(),
        };
        let page = self
            .page(input.prefix.as_ref(), input.delimiter.as_ref(), after, max_keys)
            .await?;
        let key_count = i32::try_from(page.items.len() + page.prefixes.len()).ok();
        let next = page.last.filter(|_| page.truncated);
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encoding.of(input.prefix.unwrap_or_default())),
            delimiter: input.delimiter.map(|delimiter| encoding.of(delimiter)),
            start_after: input.start_after.map(|key| encoding.of(key)),
            encoding_type: input.encoding_type,
            max_keys: Some(max_keys),
            key_count,
            continuation_token: input.continuation_token,
            is_truncated: Some(page.truncated),
            next_continuation_token: next.map(|last| BASE64_URL_SAFE_NO_PAD.encode(last)),
            contents: Some(encoding.objects(page.items)),
            common_prefixes: Some(encoding.prefixes(page.prefixes)),
            ..ListObjectsV2Output::default()
        }))
    }

    /// The first version of the listing, which goes on behind a key.
    pub(super) async fn list_by_marker(&self, request: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        self.admit(&request, &request.input.bucket)?;
        let input = request.input;
        let encoding = Encoding::asked(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys)?;
        let after = input.marker.clone().unwrap_or_default();
        let page = self
            .page(input.prefix.as_ref(), input.delimiter.as_ref(), after, max_keys)
            .await?;
        let next = page.last.filter(|_| page.truncated);
        Ok(S3Response::new(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(encoding.of(input.prefix.unwrap_or_default())),
            marker: Some(encoding.of(input.marker.unwrap_or_default())),
            delimiter: input.delimiter.map(|delimiter| encoding.of(delimiter)),
            encoding_type: input.encoding_type,
            max_keys: Some(max_keys),
            is_truncated: Some(page.truncated),
            next_marker: next.map(|last| encoding.of(last)),
            contents: Some(encoding.objects(page.items)),
            common_prefixes: Some(encoding.prefixes(page.prefixes)),
            ..ListObjectsOutput::default()
        }))
    }

    async fn page(
        &self,
        prefix: Option<&Prefix>,
        delimiter: Option<&Delimiter>,
        after: String,
        max_keys: i32,
    ) -> S3Result<Page<Stored>> {
        let query = Query {
            prefix: prefix.cloned().unwrap_or_default(),
            delimiter: delimiter.cloned(),
            after,
            limit: usize::try_from(max_keys).unwrap_or(0),
        };
        Ok(self.store.list_objects(query).await?)
    }
}

fn read_token(token: &str) -> S3Result<String> {
    BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect."))
}

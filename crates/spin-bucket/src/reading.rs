//! An object, read piece by piece.

use std::pin::Pin;

use bucket::Download;
use bytes::Bytes;
use http::{Method, header};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use jiff::Timestamp;
use spin_outbound::Limits;
use spin_sdk::wasip3::http::types::ErrorCode;

use crate::{Client, Error, OWN_LIFETIME, request, succeeded};

/// An object that is being read. Only what was received and not taken yet is in memory.
pub struct Reading {
    body: Pin<Box<UnsyncBoxBody<Bytes, ErrorCode>>>,
    host: String,
}

impl Client {
    /// Begins to read an object, provided that it still has this entity tag.
    pub async fn read_if(&self, key: &str, etag: &str) -> Result<Reading, Error> {
        let url = self
            .bucket
            .presign_get(key, Download::default(), &Timestamp::now(), OWN_LIFETIME)?;
        let request = request(Method::GET, url.as_str())
            .header(header::IF_MATCH, etag)
            .body(Bytes::new())
            .map_err(spin_outbound::Error::from)?;
        let host = url.authority().to_owned();
        let (parts, body) = spin_outbound::send(request, Limits::default()).await?.into_parts();
        succeeded(&Method::GET, key, parts.status)?;
        Ok(Reading {
            body: Box::pin(body.boxed_unsync()),
            host,
        })
    }
}

impl Reading {
    /// The next piece; `None` at the end. An error: the bucket, or the line to it, gave up.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|code| spin_outbound::failure(self.host.clone(), &code))?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

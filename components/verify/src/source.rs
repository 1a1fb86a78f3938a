//! A returned file at the third party, read in pieces.

use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::{Either, select};
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use portfolio::content_type;
use spin_outbound::Limits;
use spin_sdk::wasip3::http::types::ErrorCode;
use stage::Outcome;

use crate::fetch::{Trouble, unreached};
use crate::progress::Progress;
use crate::promise::Promise;
use crate::verifier::Verifier;

/// How much of a file is in memory at once: what S3 wants of a part at least.
pub(crate) const PIECE: usize = 5 << 20;

/// How long a piece may take. Waiting for the next byte has a limit of its own; this is for whoever sends one now and then:
/// slower than 9 kB/s is not coming.
const PATIENCE: Duration = Duration::from_mins(10);

/// A file that is being read.
pub(crate) struct Source {
    body: Pin<Box<UnsyncBoxBody<Bytes, ErrorCode>>>,
    /// What was read beyond the last piece.
    rest: BytesMut,
    host: String,
    /// It begins where an earlier attempt ended.
    pub(crate) continues: bool,
    /// The length of the whole file, if it is known.
    pub(crate) size: Option<u64>,
    /// By which a later attempt knows that the file is still the same.
    pub(crate) entity_tag: Option<String>,
}

/// Some of a file.
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    /// The file ends with it.
    pub(crate) is_last: bool,
}

impl Verifier {
    /// Asks the third party for a file, from where an earlier attempt ended if there was one. A third party that does not
    /// do that gives it from the beginning.
    pub(crate) async fn open(&self, promise: &Promise, begun: Option<&Progress>) -> Result<Source, Trouble> {
        let request = self.request(promise, begun)?;
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let answer = spin_outbound::send(request, Limits::default())
            .await
            .map_err(|error| unreached(&error))?;
        let (parts, body) = answer.into_parts();
        check_status(parts.status, promise, begun.is_some())?;
        let continues = parts.status == StatusCode::PARTIAL_CONTENT;
        let size = match begun.filter(|_| continues) {
            Some(begun) => remaining_range(&parts.headers, begun)?,
            None => announced_size(&parts.headers, promise)?,
        };
        Ok(Source {
            body: Box::pin(body.boxed_unsync()),
            rest: BytesMut::new(),
            host,
            continues,
            size,
            entity_tag: strong_entity_tag(&parts.headers),
        })
    }

    fn request(&self, promise: &Promise, begun: Option<&Progress>) -> Result<http::Request<Bytes>, Trouble> {
        let mut builder = http::Request::get(&promise.url);
        if let Some((name, prefix)) = &promise.token {
            let token = self.token.as_ref().ok_or_else(|| {
                let message =
                    "The review service wants a token for its files, and the variable vendor_token is not set.";
                Trouble::Unreached(Outcome::permanent("internal", message))
            })?;
            builder = builder.header(name, format!("{prefix}{token}"));
        }
        if let Some(begun) = begun {
            builder = builder.header(RANGE, format!("bytes={}-", begun.passed.size()));
            if let Some(entity_tag) = &begun.entity_tag {
                builder = builder.header(IF_RANGE, entity_tag);
            }
        }
        builder
            .body(Bytes::new())
            .map_err(|error| Trouble::Wrong(format!("its link cannot be followed ({error})")))
    }
}

impl Source {
    /// The next piece. An error: the third party, or the line to it, gave up.
    pub(crate) async fn piece(&mut self) -> Result<Piece, Trouble> {
        let host = self.host.clone();
        let patience = pin!(spin_sdk::time::sleep(PATIENCE));
        match select(pin!(self.read()), patience).await {
            Either::Left((piece, _)) => piece,
            Either::Right(_) => Err(unreached(&spin_outbound::Error::TimedOut(host))),
        }
    }

    async fn read(&mut self) -> Result<Piece, Trouble> {
        while self.rest.len() < PIECE {
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.rest.extend_from_slice(&data);
                    }
                }
                Some(Err(code)) => return Err(unreached(&spin_outbound::failure(self.host.clone(), &code))),
                None => {
                    return Ok(Piece {
                        bytes: self.rest.split().freeze(),
                        is_last: true,
                    });
                }
            }
        }
        Ok(Piece {
            bytes: self.rest.split_to(PIECE).freeze(),
            is_last: false,
        })
    }
}

fn check_status(status: StatusCode, promise: &Promise, asked_for_rest: bool) -> Result<(), Trouble> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::PARTIAL_CONTENT if asked_for_rest => Ok(()),
        // The third party has trouble, not the file.
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(Trouble::Unreached(Outcome::unavailable(
                "unreachable",
                format!(
                    "The review service answered {status} when asked for the file {}.",
                    promise.role
                ),
                None,
            )))
        }
        status => Err(Trouble::Wrong(format!("its link answered {status}"))),
    }
}

/// The file's length by what was promised and what is announced now, which must not disagree.
fn announced_size(headers: &HeaderMap, promise: &Promise) -> Result<Option<u64>, Trouble> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(served) = header(CONTENT_TYPE)
        && !content_type::names(served, &promise.media_type)
    {
        return Err(Trouble::Wrong(format!(
            "it is served as {served}, not as the promised {}",
            promise.media_type
        )));
    }
    let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    match (announced, promise.size) {
        (Some(announced), Some(promised)) if announced != promised => Err(Trouble::Wrong(format!(
            "it has {announced} bytes, not the promised {promised}"
        ))),
        (Some(announced), _) if announced > promise.largest => Err(Trouble::Wrong(format!(
            "it has {announced} bytes; at most {} are taken",
            promise.largest
        ))),
        (announced, promised) => Ok(announced.or(promised)),
    }
}

/// The length of the whole file, of which the rest comes: it must begin where the earlier attempt ended
/// (RFC 9110, section 14.4).
fn remaining_range(headers: &HeaderMap, begun: &Progress) -> Result<Option<u64>, Trouble> {
    let range = headers
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok()?.strip_prefix("bytes ")?.split_once('/'));
    let first = range.and_then(|(range, _)| range.split_once('-')?.0.parse::<u64>().ok());
    if first != Some(begun.passed.size()) {
        return Err(Trouble::Wrong("its rest begins elsewhere than was asked for".into()));
    }
    Ok(range.and_then(|(_, size)| size.parse().ok()).or(begun.size))
}

/// A weak tag does not say that the bytes are the same.
fn strong_entity_tag(headers: &HeaderMap) -> Option<String> {
    let tag = headers.get(ETAG)?.to_str().ok()?;
    (!tag.starts_with("W/")).then(|| tag.to_owned())
}

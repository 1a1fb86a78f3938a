//! Links to files: whoever has one may fetch.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::behaviour::{Behaviour, Occasion};
use crate::callback::WEB_PAGE;
use crate::journal::Event;
use crate::problem::Problem;
use crate::reviews::{File, Review};
use crate::service::Service;

/// The query of a link.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
}

/// `GET` and `HEAD /v1/reviews/{id}/files/{role}`.
pub(crate) async fn download(
    State(service): State<Arc<Service>>,
    Path((id, role)): Path<(String, String)>,
    Query(link): Query<Link>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let review = service.reviews.get(&id).filter(|review| review.token == link.token);
    let review = review.ok_or_else(|| Problem::not_found("file"))?;
    give(&service, &review, &role, &headers).await
}

/// Gives a file of a review, whole or in part, as it should be or as a rule says.
pub(crate) async fn give(
    service: &Service,
    review: &Review,
    role: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let file = review
        .files
        .iter()
        .find(|file| file.role == role)
        .ok_or_else(|| Problem::not_found("file"))?;
    let behaviour = service.behaviour(Occasion::Download(role), &review.idempotency_key, &review.request);
    let answer = match behaviour {
        Some(Behaviour::FileMissing { .. }) => Err(Problem::not_found("file")),
        Some(Behaviour::FileTruncated { .. }) => send(service, review, file, 0, file.size / 2, StatusCode::OK).await,
        Some(Behaviour::FileBrokenOff { .. }) => {
            let mut response = send(service, review, file, 0, file.size / 3 * 2, StatusCode::OK).await?;
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
            Ok(response)
        }
        _ if file.replaced => Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], WEB_PAGE).into_response()),
        _ => whole_or_part(service, review, file, headers).await,
    };
    service.journal.note(Event::Download {
        reference: review.request.reference.clone(),
        review: review.id.clone(),
        role: role.to_owned(),
        status: answer.as_ref().map_or_else(
            |problem| problem.status().as_u16(),
            |response| response.status().as_u16(),
        ),
        behaviour: behaviour.as_ref().map(Behaviour::name),
    });
    answer
}

async fn whole_or_part(
    service: &Service,
    review: &Review,
    file: &File,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let etag = format!("\"{}\"", file.sha256);
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags.trim() == "*" || tags.contains(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let valid = text(header::IF_RANGE).is_none_or(|tag| tag == etag);
    match text(header::RANGE)
        .filter(|_| valid)
        .map_or(Range::Whole, |range| Range::parse(range, file.size))
    {
        Range::Whole => send(service, review, file, 0, file.size, StatusCode::OK).await,
        Range::Part { start, end } => {
            let mut response = send(service, review, file, start, end - start, StatusCode::PARTIAL_CONTENT).await?;
            let range = format!("bytes {start}-{}/{}", end - 1, file.size);
            response.headers_mut().extend(
                HeaderValue::try_from(range)
                    .ok()
                    .map(|range| (header::CONTENT_RANGE, range)),
            );
            Ok(response)
        }
        Range::OutOfBounds => {
            let range = format!("bytes */{}", file.size);
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response())
        }
    }
}

/// What a `Range` header asks for (RFC 9110, section 14).
#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// Everything: there is no range, or one that may be ignored.
    Whole,
    /// From `start` up to and without `end`.
    Part {
        start: u64,
        end: u64,
    },
    OutOfBounds,
}

impl Range {
    fn parse(header: &str, size: u64) -> Self {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
            return Self::Whole;
        };
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first > last => Self::Whole,
            (Ok(first), _) if first >= size => Self::OutOfBounds,
            (Ok(start), Ok(last)) => Self::Part {
                start,
                end: last.saturating_add(1).min(size),
            },
            (Ok(start), Err(_)) if last.is_empty() => Self::Part { start, end: size },
            (Err(_), Ok(0)) if first.is_empty() => Self::OutOfBounds,
            (Err(_), Ok(length)) if first.is_empty() && size > 0 => Self::Part {
                start: size.saturating_sub(length),
                end: size,
            },
            _ => Self::Whole,
        }
    }
}

async fn send(
    service: &Service,
    review: &Review,
    file: &File,
    start: u64,
    length: u64,
    status: StatusCode,
) -> Result<Response, Problem> {
    let path = service.reviews.folder(&review.id).join(&file.name);
    let open = async {
        let mut content = tokio::fs::File::open(path).await?;
        content.seek(SeekFrom::Start(start)).await?;
        Ok(content.take(length))
    };
    let content = open.await.map_err(|error: std::io::Error| Problem::internal(&error))?;
    let charset = if file.media_type.starts_with("text/") {
        "; charset=utf-8"
    } else {
        ""
    };
    let headers = [
        (header::CONTENT_TYPE, format!("{}{charset}", file.media_type)),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::ETAG, format!("\"{}\"", file.sha256)),
        (header::ACCEPT_RANGES, "bytes".into()),
    ];
    Ok((status, headers, Body::from_stream(ReaderStream::new(content))).into_response())
}

#[cfg(test)]
mod tests {
    use super::Range::{self, OutOfBounds, Part, Whole};

    #[test]
    fn ranges_are_those_of_rfc_9110() {
        for (header, expected) in [
            ("bytes=0-499", Part { start: 0, end: 500 }),
            (
                "bytes=9500-",
                Part {
                    start: 9500,
                    end: 10_000,
                },
            ),
            (
                "bytes=-500",
                Part {
                    start: 9500,
                    end: 10_000,
                },
            ),
            ("bytes=-20000", Part { start: 0, end: 10_000 }),
            (
                "bytes=9999-20000",
                Part {
                    start: 9999,
                    end: 10_000,
                },
            ),
            ("bytes=10000-", OutOfBounds),
            ("bytes=-0", OutOfBounds),
            ("bytes=2-1", Whole),
            ("bytes=0-0,-1", Whole),
            ("bytes=", Whole),
            ("lines=1-2", Whole),
        ] {
            assert_eq!(Range::parse(header, 10_000), expected, "{header}");
        }
    }
}

use http::{HeaderMap, HeaderValue, StatusCode, header};
use s3s::dto::Timestamp;
use s3s::{S3Error, S3ErrorCode, StdError};

use crate::store::error::Error;

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::NoSuchKey => S3ErrorCode::NoSuchKey,
            Error::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            Error::NoSuchLifecycle => S3ErrorCode::NoSuchLifecycleConfiguration,
            Error::NotModified { .. } => S3ErrorCode::NotModified,
            Error::PreconditionFailed(_) => S3ErrorCode::PreconditionFailed,
            Error::InvalidPart(_) => S3ErrorCode::InvalidPart,
            Error::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            Error::PartTooSmall { .. } => S3ErrorCode::EntityTooSmall,
            Error::InvalidRange { .. } => S3ErrorCode::InvalidRange,
            Error::BadDigest(_) => S3ErrorCode::BadDigest,
            Error::InvalidDigest(_) => S3ErrorCode::InvalidDigest,
            Error::IncompleteBody { .. } => S3ErrorCode::IncompleteBody,
            Error::Body(source) => return broken_body(source),
            Error::Index(_) | Error::File(_) | Error::Unreadable(_) | Error::Interrupted => {
                // What went wrong inside is for the log, not for the client.
                tracing::error!(error = %chain(&error), "the store failed");
                let mut answer = Self::new(S3ErrorCode::InternalError);
                answer.set_message("The bucket could not do this. Its log says why.");
                answer.set_source(Box::new(error));
                return answer;
            }
        };
        let mut answer = Self::with_message(code, sentence(&error));
        answer.set_headers(headers(&error));
        answer
    }
}

/// An error with what caused it.
fn chain(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What the client sees. It is a sentence, where the log has a clause.
fn sentence(error: &Error) -> String {
    let clause = error.to_string();
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).chain(['.']).collect()
    })
}

fn headers(error: &Error) -> HeaderMap {
    let mut headers = HeaderMap::new();
    match error {
        Error::NotModified { etag, modified } => {
            let etag = HeaderValue::try_from(format!("\"{etag}\""));
            let mut date = Vec::new();
            // Writing to memory cannot fail.
            let _ = Timestamp::from(*modified).format(s3s::dto::TimestampFormat::HttpDate, &mut date);
            headers.extend(etag.ok().map(|etag| (header::ETAG, etag)));
            headers.extend(
                HeaderValue::try_from(date)
                    .ok()
                    .map(|date| (header::LAST_MODIFIED, date)),
            );
        }
        Error::InvalidRange { size } => {
            let range = HeaderValue::try_from(format!("bytes */{size}"));
            headers.extend(range.ok().map(|range| (header::CONTENT_RANGE, range)));
        }
        _ => {}
    }
    headers
}

/// The body broke off, or is not what was signed. `s3s` checks it while it is read, and its errors are private: their
/// text is all there is to tell them apart.
fn broken_body(source: &StdError) -> S3Error {
    let text = source.to_string();
    if text.contains("Sha256Mismatch") {
        let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let mut answer = S3Error::with_message(code, "The SHA-256 of the body is not the one that was signed.");
        answer.set_status_code(StatusCode::BAD_REQUEST);
        answer
    } else if text.contains("SignatureMismatch") {
        S3Error::with_message(
            S3ErrorCode::SignatureDoesNotMatch,
            "A chunk of the body is not the one that was signed.",
        )
    } else {
        S3Error::with_message(
            S3ErrorCode::IncompleteBody,
            "The body broke off before its announced end.",
        )
    }
}

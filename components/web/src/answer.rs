//! From a request to a file.

use std::hash::{DefaultHasher, Hash, Hasher};

use api::Problem;
use api::etag::EntityTag;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use spin_edge::Reply;

use crate::files::{FILES, File, NOT_FOUND};
use crate::policy::Policy;

const METHODS: &[&str] = &["GET", "HEAD"];

/// The answer to any request that no other component answers.
pub(crate) fn answer<B>(request: &Request<B>, policy: &Policy) -> Result<Reply, Problem> {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(file) = FILES.iter().find(|file| file.path == path) else {
        // Programs get problem details; people, who are the ones that ask for HTML, get a page.
        return if reads && accepts_html(request) && !path.starts_with("/v1/") {
            serve(request, &NOT_FOUND, StatusCode::NOT_FOUND, policy)
        } else {
            Err(Problem::not_found())
        };
    };
    if reads {
        serve(request, file, StatusCode::OK, policy)
    } else {
        Err(Problem::method_not_allowed(METHODS))
    }
}

fn accepts_html<B>(request: &Request<B>) -> bool {
    let accept = request.headers().get_all(http::header::ACCEPT);
    accept
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("text/html")))
}

fn serve<B>(request: &Request<B>, file: &File, status: StatusCode, policy: &Policy) -> Result<Reply, Problem> {
    let tag = EntityTag::new(format_args!("{:016x}", version(file.content)));
    let if_none_match = request.headers().get_all(IF_NONE_MATCH);
    let has_it = if_none_match
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| tag.is_named_by(value)));
    let unchanged = status == StatusCode::OK && has_it;
    let content = if unchanged || request.method() == Method::HEAD {
        &[]
    } else {
        file.content
    };

    let mut reply = Reply::new(Full::new(Bytes::from_static(content)));
    *reply.status_mut() = if unchanged { StatusCode::NOT_MODIFIED } else { status };
    let headers = reply.headers_mut();
    // Small files, one round trip: what is shown is always what is installed.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if !unchanged {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    }
    if status == StatusCode::OK {
        headers.insert(
            ETAG,
            HeaderValue::from_str(&tag.to_string()).map_err(Problem::internal)?,
        );
    }
    for (name, value) in policy.fields() {
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(reply)
}

/// Another number for another content. It need not withstand an attacker: nobody but us makes the contents.
fn version(content: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

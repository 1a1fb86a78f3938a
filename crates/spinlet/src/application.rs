//! A loaded application: its components, and the way of a request to one of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request, Response, StatusCode, Uri,
    header::{CONNECTION, HOST},
    uri::{Authority, Scheme},
};
use http_body_util::{BodyExt, Empty, Full};
use wasmtime_wasi_http::WasiBody;

use crate::{
    allowed_hosts::internal_component,
    routes::{RouteMatch, Router, WELL_KNOWN},
    slot::Slot,
};

/// A loaded application.
pub(crate) struct Application {
    /// Where it listens for HTTP.
    pub(crate) address: SocketAddr,
    pub(crate) router: Router,
    pub(crate) slots: BTreeMap<String, Slot>,
    /// The components that an HTTP trigger names, private ones included.
    pub(crate) answering: BTreeSet<String>,
}

impl Application {
    /// Answers a request from outside.
    pub(crate) async fn answer(&self, mut request: Request<WasiBody>, client: SocketAddr) -> Response<WasiBody> {
        let headers = request.headers_mut();
        // Nobody outside may pose as one of the components.
        let internal = |host: &HeaderValue| host.to_str().is_ok_and(|host| internal_component(host).is_some());
        if headers.get(HOST).is_some_and(internal) {
            headers.remove(HOST);
        }
        // About this connection, which a component may not forward.
        headers.remove(CONNECTION);

        let path = request.uri().path().to_owned();
        if let Some(page) = path.strip_prefix(WELL_KNOWN) {
            return match page {
                "health" => Response::new(body("OK")),
                _ => status(StatusCode::NOT_FOUND),
            };
        }
        match self.router.find(&path) {
            None => status(StatusCode::NOT_FOUND),
            Some(route) => match self.run(&route, request, client).await {
                Ok(response) => response,
                Err(reason) => {
                    tracing::error!("{path}: {reason}");
                    status(StatusCode::INTERNAL_SERVER_ERROR)
                }
            },
        }
    }

    /// Answers a request from a component to another.
    pub(crate) async fn chain(
        &self,
        component: &str,
        mut request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Result<Response<WasiBody>, String> {
        if !self.answering.contains(component) {
            return Err(format!("no HTTP trigger names a component `{component}`"));
        }
        request.headers_mut().remove(HOST);
        let path = request.uri().path().to_owned();
        self.run(&RouteMatch::chained(component, &path), request, client).await
    }

    async fn run(
        &self,
        route: &RouteMatch<'_>,
        mut request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Result<Response<WasiBody>, String> {
        let component = route.component;
        let slot = self.slots.get(component).ok_or("its component is not loaded")?;
        address(&mut request)?;
        announce(&mut request, route, client);
        let version = slot.version().await;
        let handler = version
            .http()
            .ok_or_else(|| format!("component `{component}` exports no HTTP handler"))?;
        slot.grants.counting.http_requests.count();
        let response = handler.handle((), request).await;
        response.map_err(|error| format!("component `{component}`: {error:#}"))
    }
}

/// Completes the URI of a request, which names only the path, by scheme and host.
fn address(request: &mut Request<WasiBody>) -> Result<(), String> {
    let host = match request.headers().get(HOST) {
        Some(host) => Some(Authority::try_from(host.as_bytes()).map_err(|_| "the Host header is no host")?),
        None => None,
    };
    let mut parts = request.uri().clone().into_parts();
    parts.authority = match (host, parts.authority) {
        (Some(host), Some(authority)) if host != authority => {
            return Err("the Host header is not the host of the URI".to_owned());
        }
        (host, authority) => Some(host.or(authority).ok_or("there is no Host header")?),
    };
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|error| error.to_string())?;
    Ok(())
}

/// Adds Spin's headers. They are added and replace none, as in Spin: of two, the last is Spin's own.
fn announce(request: &mut Request<WasiBody>, route: &RouteMatch<'_>, client: SocketAddr) {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let full_url = format!("http://{}{path}", host.unwrap_or("localhost"));
    for (name, value) in route.headers(full_url, client.to_string()) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(&*name), HeaderValue::try_from(value)) {
            request.headers_mut().append(name, value);
        }
    }
}

/// An answer that is only a status.
pub(crate) fn status(status: StatusCode) -> Response<WasiBody> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn body(text: &'static str) -> WasiBody {
    Full::new(Bytes::from_static(text.as_bytes()))
        .map_err(|never| match never {})
        .boxed_unsync()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn request(uri: &str, host: Option<&str>) -> Request<WasiBody> {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        request.body(body("")).unwrap()
    }

    #[test]
    fn the_host_comes_from_the_header_or_the_uri() {
        let addressed = |uri, host| {
            let mut request = request(uri, host);
            address(&mut request).map(|()| request.uri().to_string())
        };
        assert_eq!(addressed("/a?b", Some("h:1")).unwrap(), "http://h:1/a?b");
        assert_eq!(addressed("http://h:1/a", None).unwrap(), "http://h:1/a");
        assert_eq!(addressed("http://h:1/a", Some("h:1")).unwrap(), "http://h:1/a");
        assert!(addressed("http://h:1/a", Some("g")).is_err());
        assert!(addressed("/a", None).is_err());
    }
}

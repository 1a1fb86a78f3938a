//! Outbound `wasi:http`: to the hosts that `allowed_outbound_hosts` names, to the application itself, and, as
//! `http://<component>.spin.internal`, from one component to another without leaving the process.

use std::{future::ready, net::SocketAddr, sync::Arc};

use http::{HeaderValue, Request, Response, Uri, header::HOST};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::{allowed_hosts::internal_component, application::Application, effects::Kind, guest::Grants};

/// What a component sees as the address of another component that calls it.
const CHAINED_CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// What goes on with a connection after the head of the response: resolves when it is done with.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(Response<WasiBody>, Rest), Error>;

/// The way out of one instance.
pub(crate) struct OutboundHttp {
    grants: Arc<Grants>,
}

impl OutboundHttp {
    /// The way out, under these grants.
    pub(crate) fn new(grants: Arc<Grants>) -> Self {
        Self { grants }
    }
}

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        // Told when the guest has trouble with the response; it then drops the response, which closes the connection.
        _trouble: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(send(Arc::clone(&self.grants), request, options))
    }
}

async fn send(grants: Arc<Grants>, mut request: Request<WasiBody>, options: Option<RequestOptions>) -> Sent {
    let application = grants.home.get().and_then(std::sync::Weak::upgrade);
    let host = request.uri().host().unwrap_or_default().to_owned();
    let to_itself = host.is_empty() || host == "self.alt";
    let allowed = if to_itself {
        grants.allowed_hosts.allow_self()
    } else {
        grants.allowed_hosts.allow(&request.uri().to_string(), "https")
    };
    if !allowed {
        tracing::warn!(
            component = grants.component,
            "denied: `allowed_outbound_hosts` does not name {}",
            if to_itself {
                "http://self".to_owned()
            } else {
                origin(request.uri())
            }
        );
        return Err(Error::HttpRequestDenied);
    }
    grants.counting.outbound_requests.count();

    let gone = || Error::InternalError(Some("the application is stopping".to_owned()));
    if to_itself {
        readdress(&mut request, application.ok_or_else(gone)?.address)?;
    } else if let Some(component) = internal_component(&host) {
        let application = application.ok_or_else(gone)?;
        return chain(&application, component, request).await;
    }
    resolve(request.uri()).await?;
    let what = format!("{} {}{}", request.method(), origin(request.uri()), request.uri().path());
    let sent = default_send_request(request, options);
    let (watch, component) = (&grants.watch, &grants.component);
    let (response, rest) = watch.around(component, Kind::Http, || what, sent).await?;
    Ok((response.map(BodyExt::boxed_unsync), Box::new(rest)))
}

async fn chain(application: &Arc<Application>, component: &str, request: Request<WasiBody>) -> Sent {
    let response = application.chain(component, request, CHAINED_CLIENT).await;
    let response = response.map_err(|reason| Error::InternalError(Some(reason)))?;
    Ok((response, Box::new(ready(Ok(())))))
}

/// Points a request that names no host at the application's own listener.
fn readdress(request: &mut Request<WasiBody>, address: SocketAddr) -> Result<(), Error> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::builder()
        .scheme("http")
        .authority(address.to_string())
        .path_and_query(path)
        .build()
        .map_err(|_| Error::HttpRequestUriInvalid)?;
    let host = HeaderValue::from_str(&address.to_string()).map_err(|_| Error::HttpRequestUriInvalid)?;
    request.headers_mut().insert(HOST, host);
    Ok(())
}

/// Looks the host up beforehand, so that a name that does not exist is told apart from a host that does not answer.
async fn resolve(uri: &Uri) -> Result<(), Error> {
    let host = uri.host().ok_or(Error::HttpRequestUriInvalid)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let unknown = |_| Error::DnsError {
        rcode: Some("address not available".to_owned()),
        info_code: Some(0),
    };
    tokio::net::lookup_host((host, 0)).await.map(drop).map_err(unknown)
}

/// Scheme, host and port: what a log may show of a URL whose query may hold a signature.
fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("https");
    format!(
        "{scheme}://{}",
        uri.authority().map_or("", |authority| authority.as_str())
    )
}

//! The HTTP trigger: connections in, requests to the application, answers out.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::application::Application;

/// A pause after a failure to accept, such as too many open files, that would otherwise repeat at once.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `stopping` turns true, and then until every request has its answer.
pub(crate) async fn serve(listener: TcpListener, application: Arc<Application>, mut stopping: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, client)) => {
                let connection = connection(stream, client, &application);
                let watched = graceful.watch(connection);
                connections.spawn(async move {
                    if let Err(error) = watched.await {
                        tracing::debug!("connection of {client}: {error}");
                    }
                });
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(BREATH).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    graceful.shutdown().await;
}

fn connection(
    stream: TcpStream,
    client: SocketAddr,
    application: &Arc<Application>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + 'static {
    // Without this, an answer in two segments waits for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("connection of {client}: {error}");
    }
    let application = Arc::clone(application);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let application = Arc::clone(&application);
        async move {
            let request = request.map(|body| body.map_err(wasmtime_wasi_http::Error::from).boxed_unsync());
            Ok::<_, Infallible>(application.answer(request, client).await)
        }
    });
    http1::Builder::new().serve_connection(TokioIo::new(stream), service)
}

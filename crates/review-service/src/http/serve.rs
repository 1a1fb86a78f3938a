//! The accept loop. It is written out because the service must be able to leave a request without an answer, and because
//! it must stop although some requests take minutes.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

/// How long requests may go on after the service was told to stop.
const GRACE: Duration = Duration::from_millis(500);

/// The mark of a response that must not be sent.
#[derive(Debug, Clone, Copy)]
struct Abandoned;

/// What ends a request without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct NoAnswer;

/// In place of a response: the connection closes without an answer.
pub(crate) fn abandon() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Abandoned);
    response
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, tasks: TaskTracker) {
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(connection(stream, router.clone(), stop.clone()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: nothing that trying again at once would mend.
                tracing::warn!("a connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // An answer of two segments must not wait for the acknowledgement of the first. It is only slower without.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = router.clone().call(request.map(Body::new));
        async move {
            let Ok(response) = answer.await;
            if response.extensions().get::<Abandoned>().is_some() {
                Err(NoAnswer)
            } else {
                Ok(response)
            }
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = stop.run_until_cancelled(connection.as_mut()).await;
    let ended = if ended.is_none() {
        connection.as_mut().graceful_shutdown();
        tokio::time::timeout(GRACE, connection).await.ok()
    } else {
        ended
    };
    if let Some(Err(error)) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

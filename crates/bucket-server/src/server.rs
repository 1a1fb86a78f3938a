//! The server as it runs.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use s3s::auth::SimpleAuth;
use s3s::path::check_bucket_name;
use s3s::service::S3ServiceBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::cors::Cors;
use crate::front::Front;
use crate::notifier::{Notifier, Webhook};
use crate::protocol::Protocol;
use crate::store::events::Outbox;
use crate::store::{OpenError, Store};
use crate::{Error, Notifications, Options};

/// How long requests that are under way may take to end when the server shuts down.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// The pause between two looks for uploads that have expired, unless those expire faster.
const EXPIRY_PAUSE: Duration = Duration::from_secs(60);

impl Options {
    /// Starts a server with these options. It runs until [`Running::shutdown`], or until the handle is dropped, which
    /// cuts its connections off.
    pub async fn start(self) -> Result<Running, Error> {
        if !check_bucket_name(&self.bucket) {
            return Err(Error::BucketName(self.bucket));
        }
        let webhook = self
            .notifications
            .as_ref()
            .map(|notifications| self.webhook(notifications))
            .transpose()?;
        // The port comes first: a second server on the same port and folder is told the more useful thing.
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|source| match source.kind() {
                io::ErrorKind::AddrInUse => Error::AddressInUse(self.listen),
                _ => Error::Listen {
                    address: self.listen,
                    source,
                },
            })?;
        let address = listener.local_addr().map_err(|source| Error::Listen {
            address: self.listen,
            source,
        })?;
        let store = Arc::new(self.open_store().await?);

        let unavailable = Arc::new(AtomicBool::new(false));
        let without_checksums = Arc::new(AtomicBool::new(false));
        let mut service = S3ServiceBuilder::new(Protocol {
            store: Arc::clone(&store),
            bucket: self.bucket,
            region: self.region,
        });
        service.set_auth(SimpleAuth::from_single(self.access_key, self.secret_key));
        let front = Front {
            protocol: service.build(),
            cors: Cors::new(self.cors_origins),
            unavailable: Arc::clone(&unavailable),
            without_checksums: Arc::clone(&without_checksums),
        };

        let (stop, stopping) = watch::channel(());
        let mut background = JoinSet::new();
        let collecting = Arc::clone(&store);
        background.spawn(async move { collecting.collect_garbage_forever().await });
        background.spawn(expire(Arc::clone(&store), self.unfinished_uploads_expire_after));
        if let Some(webhook) = webhook {
            background.spawn(Notifier { store, webhook }.run());
        }
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, front, stopping));
        tracing::info!(%address, "the bucket is open");
        Ok(Running {
            address,
            unavailable,
            without_checksums,
            stop,
            serving,
            background,
        })
    }

    async fn open_store(&self) -> Result<Store, Error> {
        let path = self.data.clone();
        let outbox = match self.notifications {
            Some(_) => Outbox::Open,
            None => Outbox::Closed,
        };
        let opening: JoinHandle<Result<Store, OpenError>> =
            tokio::task::spawn_blocking(move || Store::open(&path, outbox));
        let path = self.data.clone();
        match opening.await {
            Ok(Ok(store)) => Ok(store),
            Ok(Err(OpenError::InUse)) => Err(Error::DataInUse(path)),
            Ok(Err(OpenError::Failed(source))) => Err(Error::Data {
                path,
                source: Box::new(source),
            }),
            Err(source) => Err(Error::Data {
                path,
                source: Box::new(source),
            }),
        }
    }

    fn webhook(&self, notifications: &Notifications) -> Result<Arc<Webhook>, Error> {
        let refusal = || Error::NotificationAddress(notifications.url.clone());
        if notifications.url.scheme() != "http" {
            return Err(refusal());
        }
        let address: Uri = notifications.url.as_str().parse().map_err(|_| refusal())?;
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", notifications.token)).map_err(|_| Error::NotificationToken)?;
        authorization.set_sensitive(true);
        Ok(Arc::new(Webhook {
            client: Webhook::client(),
            address,
            authorization,
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            principal: self.access_key.clone(),
        }))
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    unavailable: Arc<AtomicBool>,
    without_checksums: Arc<AtomicBool>,
    stop: watch::Sender<()>,
    serving: JoinSet<()>,
    background: JoinSet<()>,
}

impl Running {
    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the bucket refuse every request with `503 SlowDown` and `Retry-After: 1`, as S3 does under load, or lets
    /// it work again. Requests that are under way go on, and so do notifications. For tests of what a client does then.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.unavailable.store(unavailable, Ordering::Relaxed);
    }

    /// Makes the bucket refuse to begin uploads with checksums, as stores do that know none but MD5, or lets it take them again.
    /// For tests of what a client does then.
    pub fn set_without_checksums(&self, without: bool) {
        self.without_checksums.store(without, Ordering::Relaxed);
    }

    /// Takes no more requests, lets those under way end for some seconds, and closes the store.
    pub async fn shutdown(mut self) {
        // Nobody listens any more if serving has failed, and then there is nothing to stop.
        let _ = self.stop.send(());
        while self.serving.join_next().await.is_some() {}
        self.background.shutdown().await;
    }
}

async fn serve(listener: TcpListener, front: Front, mut stopping: watch::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopping.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connect(stream, &front, &graceful, &mut connections),
                Err(error) => {
                    // Out of file descriptors, most likely: others must close first.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    if tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that did not end are cut off");
    }
    connections.shutdown().await;
}

fn connect(stream: TcpStream, front: &Front, graceful: &GracefulShutdown, connections: &mut JoinSet<()>) {
    // Without this, an answer in two segments waits for the client's delayed acknowledgement. It is no harm if it fails.
    let _ = stream.set_nodelay(true);
    let front = front.clone();
    let service = service_fn(move |request| {
        let front = front.clone();
        async move { front.answer(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    connections.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke off");
        }
    });
}

/// Aborts uploads that have expired, now and then, for ever.
async fn expire(store: Arc<Store>, limit: Option<Duration>) {
    let pause = limit.map_or(EXPIRY_PAUSE, |limit| {
        (limit / 4).clamp(Duration::from_millis(50), EXPIRY_PAUSE)
    });
    loop {
        match store.expire_uploads(limit).await {
            Ok(0) => {}
            Ok(expired) => tracing::info!(expired, "uploads that nobody finished are aborted"),
            Err(error) => tracing::warn!(%error, "uploads could not be looked through"),
        }
        tokio::time::sleep(pause).await;
    }
}

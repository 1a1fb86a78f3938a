//! How long an instance that answers HTTP requests lives: Spin's defaults.
//!
//! An instance of a WASI 0.3 component answers up to 16 requests at once and 128 in all, and goes when it has had
//! nothing to do for a second; what it keeps in memory (a Redis connection, say) serves all of them. An instance of a
//! WASI 0.2 component answers one request.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep};
use wasmtime::{Store, StoreContextMut, component::GuestTaskId};
use wasmtime_wasi_http::{
    WasiHttpView,
    handler::{HandlerState, Instance, Proxy, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus},
};

use crate::guest::{Grants, Guest};

const REQUESTS: usize = 128;
const REQUESTS_AT_ONCE: usize = 16;
const IDLE: Duration = Duration::from_secs(1);

/// Makes the instances of one version of a component.
pub(crate) struct Workers {
    pre: ProxyPre<Guest>,
    grants: Arc<Grants>,
}

impl Workers {
    /// Instances of `pre`, under these grants.
    pub(crate) fn new(pre: ProxyPre<Guest>, grants: Arc<Grants>) -> Self {
        Self { pre, grants }
    }
}

impl HandlerState for Workers {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, Worker>> {
        let (engine, requests) = match &self.pre {
            ProxyPre::P2(pre) => (pre.engine(), 1),
            ProxyPre::P3(pre) => (pre.engine(), REQUESTS),
        };
        let mut store = Guest::store(engine, &self.grants);
        let proxy: Proxy = self.pre.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy,
            view: Guest::http,
            expiration: Expiration {
                idle: Box::pin(sleep(IDLE)),
            },
            state: Worker {
                requests,
                grants: Arc::clone(&self.grants),
            },
        })
    }
}

/// One instance.
pub(crate) struct Worker {
    requests: usize,
    grants: Arc<Grants>,
}

impl WorkerState for Worker {
    type StoreData = Guest;
    type RequestData = ();

    fn should_accept_request(&self, at_once: usize, in_all: usize) -> ShouldAccept {
        if in_all >= self.requests {
            ShouldAccept::Never
        } else if at_once >= REQUESTS_AT_ONCE {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Guest>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        // Spin gives a request all the time it wants.
        Box::pin(std::future::pending())
    }

    fn drop(&self, store: Store<Guest>, result: Result<(), wasmtime::Error>) {
        drop(store);
        if let Err(error) = result {
            tracing::error!("component `{}`: {error:#}", self.grants.component);
        }
    }
}

/// The end of an instance that nobody needs.
pub(crate) struct Expiration {
    idle: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>, status: WorkerStatus, since: Instant) -> Poll<()> {
        match status {
            WorkerStatus::Requests | WorkerStatus::PostReturn => Poll::Pending,
            WorkerStatus::Idle => {
                let end = tokio::time::Instant::from_std(since + IDLE);
                if self.idle.deadline() != end {
                    self.idle.as_mut().reset(end);
                }
                self.idle.as_mut().poll(context)
            }
        }
    }
}

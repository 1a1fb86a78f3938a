//! What belongs to one instance of a component, and what all instances of the component share.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, Weak},
};

use wasmtime::{Engine, Store, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    allowed_hosts::AllowedHosts,
    application::Application,
    counters::Counting,
    effects::Watch,
    host::{outbound_http::OutboundHttp, sqlite::Databases, stdio::Stdio},
};

/// What the manifest grants a component: the same for each of its instances.
pub(crate) struct Grants {
    /// The component's id.
    pub(crate) component: String,
    /// Its variables, filled in.
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) allowed_hosts: AllowedHosts,
    pub(crate) databases: Databases,
    pub(crate) stdio: Stdio,
    pub(crate) counting: Counting,
    /// Looks on when the component has an effect.
    pub(crate) watch: Watch,
    /// The application itself, for requests from one component to another.
    pub(crate) home: Home,
}

/// The application that components belong to: empty until all of them are loaded.
pub(crate) type Home = Arc<OnceLock<Weak<Application>>>;

/// The data of a store: the state of one instance.
pub(crate) struct Guest {
    pub(crate) grants: Arc<Grants>,
    /// Everything that the instance holds by a handle, Redis and database connections among it.
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: OutboundHttp,
}

impl Guest {
    /// A store for a fresh instance.
    pub(crate) fn store(engine: &Engine, grants: &Arc<Grants>) -> Store<Self> {
        grants.counting.instances.count();
        // No arguments, no folders, no sockets: what is not called here is denied.
        let mut wasi = WasiCtx::builder();
        for (name, value) in &grants.environment {
            wasi.env(name, value);
        }
        wasi.stdout(grants.stdio.stdout()).stderr(grants.stdio.stderr());
        let guest = Self {
            grants: Arc::clone(grants),
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound: OutboundHttp::new(Arc::clone(grants)),
        };
        let mut store = Store::new(engine, guest);
        // One turn at a time, so that a guest that computes does not starve those that wait.
        store.epoch_deadline_async_yield_and_update(1);
        store
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

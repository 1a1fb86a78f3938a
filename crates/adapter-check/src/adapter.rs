//! The component under test, and the limits within which each call must end.

use std::cell::Cell;

use anyhow::{Result, anyhow};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, ResourceLimiter, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated from wit/vendor.wit, which has the documentation"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "vendor-adapter",
        additional_derives: [PartialEq],
    });
}

pub(crate) use bindings::exports::dossier::vendor::adapter as wit;

/// The most memory that an instance may have, in bytes. Spin gives a component 4 GiB unless it is told otherwise; a
/// machine that serves many has no such amount for each.
const MOST_MEMORY: usize = 512 << 20;

/// The most work for one call, in Wasmtime's fuel, which is about one WebAssembly instruction each: some ten seconds.
const MOST_FUEL: u64 = 20_000_000_000;

/// The most that any call used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Peak {
    /// Of Wasmtime's fuel.
    pub(crate) fuel: u64,
    /// In bytes.
    pub(crate) memory: usize,
}

/// A component that can be instantiated again and again.
pub(crate) struct Adapter {
    engine: Engine,
    pub(crate) component: Component,
    linker: Linker<Host>,
    peak: Cell<Peak>,
}

/// One instance of it.
pub(crate) struct Instance<'a> {
    adapter: &'a Adapter,
    store: Store<Host>,
    exports: bindings::VendorAdapter,
}

/// What an instance can see of the world: standard streams that lead nowhere.
struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
    memory: Memory,
}

#[derive(Default)]
struct Memory {
    used: usize,
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.used + desired.saturating_sub(current);
        let granted = used <= MOST_MEMORY;
        if granted {
            self.used = used;
        }
        Ok(granted)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 1_000_000)
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Adapter {
    pub(crate) fn load(bytes: &[u8]) -> Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).map_err(|error| anyhow!("{error:#}"))?;
        let component = Component::from_binary(&engine, bytes).map_err(|error| anyhow!("{error:#}"))?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(|error| anyhow!("{error:#}"))?;
        Ok(Self {
            engine,
            component,
            linker,
            peak: Cell::default(),
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn peak(&self) -> Peak {
        self.peak.get()
    }

    pub(crate) fn instance(&self) -> Result<Instance<'_>> {
        let host = Host {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            memory: Memory::default(),
        };
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| &mut host.memory);
        store.set_fuel(MOST_FUEL).map_err(|error| anyhow!("{error:#}"))?;
        let exports = bindings::VendorAdapter::instantiate(&mut store, &self.component, &self.linker)
            .map_err(|error| anyhow!("{error:#}"))?;
        Ok(Instance {
            adapter: self,
            store,
            exports,
        })
    }

    /// One call in an instance of its own, so that nothing is left over from another.
    pub(crate) fn call<T>(&self, call: impl FnOnce(&mut Instance<'_>) -> Result<T>) -> Result<T> {
        call(&mut self.instance()?)
    }
}

impl Instance<'_> {
    pub(crate) fn describe(&mut self) -> Result<wit::Vendor> {
        self.run(|exports, store| exports.call_describe(store))
    }

    pub(crate) fn make_request(&mut self, review: &wit::Review) -> Result<Result<wit::Request, String>> {
        self.run(|exports, store| exports.call_make_request(store, review))
    }

    pub(crate) fn read_response(&mut self, response: &wit::Response) -> Result<wit::Outcome> {
        self.run(|exports, store| exports.call_read_response(store, response))
    }

    pub(crate) fn read_callback(&mut self, delivery: &wit::Delivery) -> Result<Result<wit::Callback, String>> {
        self.run(|exports, store| exports.call_read_callback(store, delivery))
    }

    pub(crate) fn expectations(&mut self, document: &wit::Document) -> Result<Vec<wit::Expectation>> {
        self.run(|exports, store| exports.call_expectations(store, document))
    }

    pub(crate) fn normalize(
        &mut self,
        document: &wit::Document,
        files: &[wit::ReturnedFile],
    ) -> Result<Result<wit::Normalized, String>> {
        self.run(|exports, store| exports.call_normalize(store, document, files))
    }

    /// A call within the limits. An error is a trap: the adapter gave no answer.
    fn run<T>(&mut self, call: impl FnOnce(&wit::Guest, &mut Store<Host>) -> wasmtime::Result<T>) -> Result<T> {
        let Self {
            adapter,
            store,
            exports,
        } = self;
        store.set_fuel(MOST_FUEL).map_err(|error| anyhow!("{error:#}"))?;
        let answer = call(exports.dossier_vendor_adapter(), store).map_err(|error| anyhow!("{}", trap(&error)))?;
        let left = store.get_fuel().map_err(|error| anyhow!("{error:#}"))?;
        let peak = adapter.peak.get();
        adapter.peak.set(Peak {
            fuel: peak.fuel.max(MOST_FUEL - left),
            memory: peak.memory.max(store.data().memory.used),
        });
        Ok(answer)
    }
}

/// Why there is no answer, in one line.
fn trap(error: &wasmtime::Error) -> String {
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => "it was not done within the limit of work".into(),
        Some(trap) => format!("it traps: {trap}"),
        None => error.to_string(),
    }
}

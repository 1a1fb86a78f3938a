//! The WebAssembly engine: one per process, shared by every application in it.
//!
//! Instances come from a pool, as in Spin. A pool reserves address space, of which one process has enough for one
//! engine but not for one per test, hence the sharing. Where even one is too much, instances are allocated one by one.

use std::{sync::OnceLock, thread, time::Duration};

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::Error;

/// How long a guest computes before others get their turn.
const TURN: Duration = Duration::from_millis(10);

static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();

/// The process's engine.
pub(crate) fn shared() -> Result<Engine, Error> {
    ENGINE.get_or_init(create).clone().map_err(Error::Engine)
}

fn create() -> Result<Engine, String> {
    let pool = InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default());
    let engine = Engine::new(&config(pool))
        .or_else(|error| {
            tracing::debug!("no room for a pool of instances ({error:#}), allocating them one by one");
            Engine::new(&config(InstanceAllocationStrategy::OnDemand))
        })
        .map_err(|error| format!("{error:#}"))?;
    let clock = engine.clone();
    // A thread and no task: the guests that it interrupts may occupy every thread that runs tasks.
    thread::Builder::new()
        .name("spinlet-clock".to_owned())
        .spawn(move || {
            loop {
                thread::sleep(TURN);
                clock.increment_epoch();
            }
        })
        .map_err(|error| error.to_string())?;
    Ok(engine)
}

fn config(strategy: InstanceAllocationStrategy) -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    config.allocation_strategy(strategy);
    config
}

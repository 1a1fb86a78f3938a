//! What a component may import: WASI, and the interfaces of Spin that this host implements.
//!
//! Everything is linked into every component. Whether a call succeeds is for the grants of the manifest to say, at the
//! time of the call, as in Spin.

pub(crate) mod outbound_http;
pub(crate) mod redis;
pub(crate) mod sqlite;
pub(crate) mod stdio;
pub(crate) mod variables;

use wasmtime::{Engine, component::Linker};

use crate::{Error, guest::Guest};

/// A linker with every interface that this host has.
pub(crate) fn linker(engine: &Engine) -> Result<Linker<Guest>, Error> {
    let mut linker = Linker::new(engine);
    link(&mut linker).map_err(|error| Error::Engine(format!("{error:#}")))?;
    Ok(linker)
}

fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    redis::add_to_linker(linker)?;
    sqlite::add_to_linker(linker)?;
    variables::add_to_linker(linker)
}

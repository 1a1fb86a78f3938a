//! What the boundary of a component costs: one small call, and one document.
//!
//! ```sh
//! cargo run --release --config profile.release.lto=false --config profile.release.codegen-units=16 \
//!   --config profile.release.opt-level=3 -p adapter-check --example measure -- ADAPTER.wasm ROLE FILE
//! ```

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::print_stdout,
    reason = "most of it is generated from wit/vendor.wit; the figures are the purpose"
)]

use std::time::Instant;

use anyhow::{Context as _, anyhow};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

wasmtime::component::bindgen!({ path: "../../wit", world: "vendor-adapter" });

use exports::dossier::vendor::adapter as wit;

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [adapter, role, file] = arguments.as_slice() else {
        anyhow::bail!("usage: measure ADAPTER.wasm ROLE FILE");
    };
    let failed = |error: wasmtime::Error| anyhow!("{error:#}");
    let engine = Engine::default();
    let component = Component::from_file(&engine, adapter).map_err(failed)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(failed)?;
    let host = Host {
        wasi: WasiCtx::builder().build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(&engine, host);
    let exports = VendorAdapter::instantiate(&mut store, &component, &linker).map_err(failed)?;
    let exports = exports.dossier_vendor_adapter();

    let (times, begun) = (100_000, Instant::now());
    for _ in 0..times {
        exports.call_describe(&mut store).map_err(failed)?;
    }
    println!("describe: {:?} each", begun.elapsed() / times);

    let content = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
    let document = wit::Document {
        id: "d".into(),
        submission: "s".into(),
        kind: wit::DocumentKind::ClassroomVideo,
        title: "t".into(),
        name: "n".into(),
        media_type: "video/mp4".into(),
        size: 1,
    };
    let files = [wit::ReturnedFile {
        role: role.clone(),
        media_type: "application/json".into(),
        size: content.len() as u64,
        sha256: String::new(),
        content,
    }];
    let (times, begun) = (100, Instant::now());
    for _ in 0..times {
        exports
            .call_normalize(&mut store, &document, &files)
            .map_err(failed)?
            .map_err(|reason| anyhow!(reason))?;
    }
    println!("normalize: {:?} each", begun.elapsed() / times);
    Ok(())
}

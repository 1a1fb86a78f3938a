//! Holds a third party's adapter against the contract of `wit/vendor.wit`, in whatever language it was written.
//!
//! Nothing is started for it: the adapter is a component that imports nothing, so it runs by itself, within limits of
//! memory and work. What is found out:
//!
//! - it imports nothing but the standard streams that languages' runtimes bring along, and exports the adapter;
//! - what it says about itself can be used: name, version, signature scheme, expectations;
//! - it never traps, whatever a vendor sends: truncated, huge, deeply nested, not UTF-8, not JSON, with names twice;
//! - the same arguments give the same answer, in the same instance and in another;
//! - each case, a folder of data, gives what is written down: the request, what a response and a callback mean, and a
//!   canonical document that validates, by the types and by the published JSON Schema.
//!
//! ```no_run
//! let report = adapter_check::check("adapter.wasm".as_ref(), Some("cases".as_ref()), false)?;
//! assert!(report.passed(), "{report}");
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! # Layout
//!
//! `adapter`: the component and its limits. `imports`: what it may import. `description`: what it says about itself.
//! `hostile`: what a vendor might send. `cases`: the folders. `words`: from the component's words to the pipeline's.
//! `report`: what was found.

mod adapter;
mod cases;
mod description;
mod hostile;
mod imports;
mod report;
mod words;

use std::path::Path;

use anyhow::{Context as _, Result};

use adapter::Adapter;
pub use report::Report;

/// Checks the adapter in a file, with the cases in a folder if there is one.
///
/// With `bless`, what the cases give now is written down as what they must give.
pub fn check(file: &Path, cases: Option<&Path>, bless: bool) -> Result<Report> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut report = Report::default();
    let adapter = match Adapter::load(&bytes) {
        Ok(adapter) => adapter,
        Err(error) => {
            report.fail("it is a component", format!("{error:#}"));
            return Ok(report);
        }
    };
    imports::check(&adapter, &mut report);
    if !report.passed() {
        return Ok(report);
    }
    description::check(&adapter, &mut report);
    hostile::check(&adapter, &mut report);
    if let Some(folder) = cases {
        cases::check(&adapter, folder, bless, &mut report)?;
    }
    report.used(adapter.peak());
    Ok(report)
}

//! Where the log of the stack goes.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise.
const LEVELS: &str = "info";

/// To standard error, for a person who watches the stack.
pub(crate) fn to_standard_error() {
    tracing_subscriber::fmt()
        .with_env_filter(levels())
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// To a file, for a command that has something else to show.
pub(crate) fn to_file(path: &Path) -> Result<()> {
    let file = std::fs::File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    tracing_subscriber::fmt()
        .with_env_filter(levels())
        .with_writer(Arc::new(file))
        .with_ansi(false)
        .init();
    Ok(())
}

fn levels() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LEVELS))
}

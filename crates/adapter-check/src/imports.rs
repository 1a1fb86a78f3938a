//! What an adapter may import: nothing, but for the standard streams that a language's runtime brings along. They lead
//! nowhere, and neither do the arguments and variables of the environment, of which there are none.

use crate::adapter::Adapter;
use crate::report::Report;

/// Interfaces without which runtimes do not start, and through which nothing comes in or goes out.
const HARMLESS: [&str; 8] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
];

/// Whether the streams are a terminal, which they never are.
const TERMINAL: &str = "wasi:cli/terminal-";

pub(crate) fn check(adapter: &Adapter, report: &mut Report) {
    let kind = adapter.component.component_type();
    let foreign = kind
        .imports(adapter.engine())
        .map(|(name, _)| name.to_owned())
        .filter(|name| {
            let interface = name.split('@').next().unwrap_or(name);
            !HARMLESS.contains(&interface) && !interface.starts_with(TERMINAL)
        })
        .map(|name| format!("it imports {name}"))
        .collect();
    report.note("it imports nothing", foreign);
    let faults = match adapter.instance() {
        Ok(_) => Vec::new(),
        Err(error) => vec![error.to_string()],
    };
    report.note("it exports dossier:vendor/adapter@0.2.0", faults);
}

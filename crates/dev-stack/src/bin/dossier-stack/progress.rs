//! What a person sees of an upload: a bar per file, and lines above the bars. Without a terminal there are only lines.

use std::io::IsTerminal as _;
use std::time::Instant;

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The part of standard error that this command writes to.
pub(crate) struct Screen {
    bars: MultiProgress,
    terminal: bool,
}

/// How one upload comes along.
#[derive(Clone)]
pub(crate) struct Upload {
    bar: ProgressBar,
    name: String,
    size: u64,
    since: Instant,
    terminal: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            terminal,
        }
    }

    /// Prints a line without tearing the bars.
    pub(crate) fn say(&self, line: impl std::fmt::Display) {
        self.bars.suspend(|| eprintln!("{line}"));
    }

    /// A bar for a file, whose name takes as much room as the longest one.
    pub(crate) fn upload(&self, name: &str, name_width: usize, size: u64) -> Upload {
        let bar = self.bars.add(ProgressBar::new(size));
        bar.set_style(style(
            "{bytes:>11} of {total_bytes:<11}  {bytes_per_sec:>13}  {eta} left",
        ));
        bar.set_message(format!("{name:<name_width$}"));
        if !self.terminal {
            eprintln!("uploading {name} ({})", HumanBytes(size));
        }
        Upload {
            bar,
            name: name.to_owned(),
            size,
            since: Instant::now(),
            terminal: self.terminal,
        }
    }
}

/// A bar with this text at its right.
fn style(text: &str) -> ProgressStyle {
    let template = format!("  {{msg}}  [{{bar:30}}]  {text}");
    // The templates are constants: a wrong one shows at the first upload, as a bar that looks different.
    ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

impl Upload {
    /// So many bytes more are on their way.
    pub(crate) fn advance(&self, bytes: usize) {
        self.bar.inc(bytes as u64);
    }

    /// The bucket had so many bytes already: they say nothing about how fast the rest will be.
    pub(crate) fn had(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.reset_eta();
    }

    /// So many bytes were on their way and did not arrive.
    pub(crate) fn retreat(&self, bytes: u64) {
        self.bar.dec(bytes);
    }

    /// It was given up.
    pub(crate) fn abandon(&self) {
        self.bar.abandon();
    }

    /// The bucket has all of them.
    pub(crate) fn finish(&self) {
        if self.terminal {
            self.bar.set_style(style("{total_bytes} in {elapsed}"));
            self.bar.finish();
        } else {
            eprintln!(
                "uploaded {} ({}) in {:.2} s",
                self.name,
                HumanBytes(self.size),
                self.since.elapsed().as_secs_f64()
            );
        }
    }
}

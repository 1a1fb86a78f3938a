//! What was found.

use std::fmt;

use crate::adapter::Peak;

/// The outcome of every check.
#[derive(Debug, Default)]
pub struct Report {
    checks: Vec<Check>,
    peak: Peak,
}

#[derive(Debug)]
struct Check {
    name: String,
    /// What is wrong.
    faults: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.faults.is_empty())
    }

    /// The names of the checks, in the order in which they were made.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().map(|check| check.name.as_str())
    }

    /// A check, with all that is wrong.
    pub(crate) fn note(&mut self, name: impl Into<String>, faults: Vec<String>) {
        self.checks.push(Check {
            name: name.into(),
            faults,
        });
    }

    pub(crate) fn fail(&mut self, name: impl Into<String>, fault: String) {
        self.note(name, vec![fault]);
    }

    pub(crate) fn used(&mut self, peak: Peak) {
        self.peak = peak;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let sign = if check.faults.is_empty() { "ok  " } else { "FAIL" };
            writeln!(formatter, "  {sign}  {}", check.name)?;
            for fault in &check.faults {
                writeln!(formatter, "          {fault}")?;
            }
        }
        writeln!(
            formatter,
            "  at most {:.1} million instructions and {:.1} MiB of memory for one call",
            self.peak.fuel as f64 / 1e6,
            self.peak.memory as f64 / f64::from(1 << 20)
        )
    }
}

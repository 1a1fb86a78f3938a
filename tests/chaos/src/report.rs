//! What a storm came to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The figures of one storm, and everything that was wrong afterwards.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// How many documents were handed in, and their uploads acknowledged.
    pub documents: usize,
    /// How many of them became ready.
    pub ready: usize,
    /// How many of them failed, by the code of their reason.
    pub failed: BTreeMap<String, usize>,
    /// How many of the failed ones became ready after an operator's redrive.
    pub redriven: usize,
    /// How often a host was killed.
    pub host_kills: usize,
    /// How often a host was started, beyond the first time.
    pub host_restarts: usize,
    /// How often Redis was killed.
    pub redis_kills: usize,
    /// How often Redis hung.
    pub redis_freezes: usize,
    /// How often the bucket was away.
    pub bucket_closures: usize,
    /// How often the review service misbehaved, by kind.
    pub misbehaviour: BTreeMap<String, usize>,
    /// How often a worker took an item.
    pub receives: usize,
    /// Documents that are neither ready nor failed with a reason, or whose row is missing or not what it should be.
    pub lost: Vec<String>,
    /// Effects that happened more than once, and steps that no document may take.
    pub duplicated: Vec<String>,
    /// Anything else that is wrong.
    pub wrong: Vec<String>,
    /// From the first document until the last one ended.
    pub duration: Duration,
}

impl Report {
    /// Whether all is well.
    pub fn is_well(&self) -> bool {
        self.violations().next().is_none()
    }

    /// Everything that is wrong.
    pub fn violations(&self) -> impl Iterator<Item = &String> {
        self.lost.iter().chain(&self.duplicated).chain(&self.wrong)
    }

    /// What is counted, for a line of a table with the line [`Report::HEADINGS`].
    pub fn row(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} s |",
            self.seed,
            self.documents,
            self.ready,
            self.failed.values().sum::<usize>(),
            self.host_kills,
            self.redis_kills,
            self.redis_freezes,
            self.bucket_closures,
            self.misbehaviour.values().sum::<usize>(),
            self.lost.len(),
            self.duplicated.len(),
            self.duration.as_secs_f64(),
        )
    }

    /// The headings of [`Report::row`].
    pub const HEADINGS: &str = "| seed | documents | ready | failed | hosts killed | Redis killed | Redis hung | bucket away | misbehaviour | lost | duplicated | took |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";
}

/// The closing table.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: &dyn fmt::Display| writeln!(formatter, "  {name:<44} {value:>8}");
        line("seed", &self.seed)?;
        line("documents handed in and acknowledged", &self.documents)?;
        line("  ready", &self.ready)?;
        for (code, count) in &self.failed {
            line(&format!("  failed: {code}"), count)?;
        }
        line("  of those that failed, ready after a redrive", &self.redriven)?;
        line("hosts killed", &self.host_kills)?;
        line("hosts started again", &self.host_restarts)?;
        line("Redis killed", &self.redis_kills)?;
        line("Redis hung", &self.redis_freezes)?;
        line("bucket away", &self.bucket_closures)?;
        line(
            "misbehaviour of the review service",
            &self.misbehaviour.values().sum::<usize>(),
        )?;
        for (kind, count) in &self.misbehaviour {
            line(&format!("  {kind}"), count)?;
        }
        line("items taken from a queue", &self.receives)?;
        line("lost", &self.lost.len())?;
        line("duplicated effects", &self.duplicated.len())?;
        line("duration", &format!("{:.1} s", self.duration.as_secs_f64()))?;
        for violation in self.violations() {
            writeln!(formatter, "  WRONG: {violation}")?;
        }
        Ok(())
    }
}

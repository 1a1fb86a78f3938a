//! `cargo xtask test`: everything that must hold before a change is merged.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::workspace::{self, WASM, Workspace, each};
use crate::{announce, build, setup};

/// The package of the end-to-end tests, which need the components.
const END_TO_END: &str = "end-to-end";

/// Check formatting and lints, run the unit tests, then the end-to-end tests through the real components.
///
/// A step that fails does not keep the others from running, so that one run says all that is wrong; the exit status is
/// 0 when all of them passed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave out what needs the components: their lints, their build and the end-to-end tests.
    #[arg(long)]
    fast: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = load()?;
    setup::everything(&workspace)?;
    setup::lint_tools(&workspace)?;

    let mut report = Report::default();
    report.step("formatting", || {
        workspace::run(workspace.cargo().args(["fmt", "--all", "--check"]))
    });
    report.step("lints", || workspace::run(&mut native_lints(&workspace)));
    report.step("unit tests", || workspace::run(&mut unit_tests(&workspace)));
    if !arguments.fast {
        report.step("lints of the components", || {
            workspace::run(&mut component_lints(&workspace))
        });
        if report.step("build of the components", || build::components(&workspace)) {
            report.step("end-to-end tests", || {
                workspace::run(workspace.cargo().args(["test", "--package", END_TO_END]))
            });
        } else {
            report.skip("end-to-end tests");
        }
    }
    Ok(report.close())
}

/// Where `CI` is set, a machine builds the project again and again in a fresh clone: what can be kept from one time to
/// the next is kept outside of it, unless the environment says where.
fn load() -> Result<Workspace> {
    let mut workspace = Workspace::load()?;
    if std::env::var_os("CI").is_some()
        && std::env::var_os("CARGO_TARGET_DIR").is_none()
        && let Some(home) = std::env::var_os("HOME")
    {
        workspace.build_into(std::path::Path::new(&home).join(".cache/dossier/target"));
    }
    Ok(workspace)
}

fn native_lints(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["clippy", "--workspace", "--all-targets"]);
    command.args(each("--exclude", workspace.guests()));
    command.args(["--", "--deny", "warnings"]);
    command
}

fn component_lints(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["clippy", "--release", "--target", WASM]);
    command.args(each("--package", workspace.guests()));
    command.args(["--", "--deny", "warnings"]);
    command
}

fn unit_tests(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--exclude", END_TO_END]);
    command.args(each("--exclude", workspace.guests()));
    command
}

/// What ran, how it ended, and how long it took.
#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Outcome, Duration)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Report {
    /// Runs one step; true when it passed.
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        announce(name);
        let start = Instant::now();
        let outcome = match work() {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                eprintln!("error: {error:#}");
                Outcome::Failed
            }
        };
        let took = start.elapsed();
        let end = if outcome == Outcome::Passed { "passed" } else { "FAILED" };
        announce(format_args!("{name}: {end} after {:.1} s", took.as_secs_f64()));
        self.steps.push((name, outcome, took));
        outcome == Outcome::Passed
    }

    fn skip(&mut self, name: &'static str) {
        self.steps.push((name, Outcome::Skipped, Duration::ZERO));
    }

    /// Prints the summary and gives the exit status.
    fn close(self) -> ExitCode {
        eprintln!();
        for (name, outcome, took) in &self.steps {
            match outcome {
                Outcome::Passed => eprintln!("  passed  {:>7.1} s  {name}", took.as_secs_f64()),
                Outcome::Failed => eprintln!("  FAILED  {:>7.1} s  {name}", took.as_secs_f64()),
                Outcome::Skipped => eprintln!("  skipped            {name}"),
            }
        }
        let total: Duration = self.steps.iter().map(|(_, _, took)| *took).sum();
        let passed = self.steps.iter().all(|(_, outcome, _)| *outcome == Outcome::Passed);
        eprintln!(
            "  {}  {:>7.1} s  in all",
            if passed { "passed" } else { "FAILED" },
            total.as_secs_f64()
        );
        if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

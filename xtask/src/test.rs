//! `cargo xtask test`: everything that must hold before a change is merged.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::workspace::{self, WASM, Workspace, each};
use crate::{announce, build, fuzz, javascript, setup, supply_chain};

/// The package of the end-to-end tests, which need the components.
const END_TO_END: &str = "end-to-end";

/// The tests of the pages' scripts. Nothing else in this command needs Node.js, so a machine without it does without
/// them.
const PAGE_TESTS: &str = "components/web/tests";

/// For how long all that faces the outside is fuzzed, in all.
const FUZZING_SECONDS: u64 = 60;

/// Check formatting and lints, run the unit tests, then the end-to-end tests through the real components, and those in a
/// browser.
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
    report.step("supply chain", || supply_chain::check(&workspace));
    report.step("unit tests", || workspace::run(&mut unit_tests(&workspace)));
    if setup::on_path("node") {
        report.step("tests of the pages", || workspace::run(&mut page_tests(&workspace)));
    } else {
        report.skip("tests of the pages", "there is no Node.js");
    }
    if !arguments.fast {
        match fuzz::missing() {
            None => {
                report.step("fuzzing", || fuzz::shared(&workspace, FUZZING_SECONDS));
            }
            Some(reason) => report.skip("fuzzing", reason),
        }
        report.step("lints of the components", || {
            workspace::run(&mut component_lints(&workspace))
        });
        if report.step("build of the components", || build::components(&workspace)) {
            report.step("end-to-end tests", || {
                setup::curl()?;
                workspace::run(&mut end_to_end_tests(&workspace))
            });
            if setup::on_path("npm") {
                report.step("uploads with Uppy in Chromium", || {
                    setup::browser(&workspace)?;
                    workspace::run(&mut browser_tests(&workspace))
                });
                report.step("adapter in JavaScript", || javascript::check(&workspace));
            } else {
                report.skip("uploads with Uppy in Chromium", "there is no npm");
                report.skip("adapter in JavaScript", "there is no npm");
            }
        } else {
            report.skip("end-to-end tests", "there are no components to test");
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

/// Everything, as code of this machine: the components' own tests run on it, too.
fn native_lints(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    command
}

/// What runs inside the host, as the code that does.
fn component_lints(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["clippy", "--release", "--target", WASM]);
    command.args(each("--package", workspace.guests()));
    command.args(["--", "--deny", "warnings"]);
    command
}

fn unit_tests(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--no-fail-fast", "--exclude", END_TO_END]);
    command
}

fn end_to_end_tests(workspace: &Workspace) -> Command {
    let package = workspace.packages.iter().filter(|package| package.name == END_TO_END);
    let tests = package.flat_map(workspace::Package::integration_tests);
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    command.args(tests.flat_map(|name| ["--test", name]));
    command
}

/// What runs in a browser: left out of the others, because it needs more than cargo can build.
fn browser_tests(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--test", "uppy", "--", "--ignored"]);
    command
}

/// The scripts of the pages, in Node.js.
fn page_tests(workspace: &Workspace) -> Command {
    let mut command = Command::new("node");
    command.args(["--test", PAGE_TESTS]).current_dir(&workspace.root);
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
    /// For this reason.
    Skipped(&'static str),
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

    fn skip(&mut self, name: &'static str, reason: &'static str) {
        announce(format_args!("{name}: skipped, {reason}"));
        self.steps.push((name, Outcome::Skipped(reason), Duration::ZERO));
    }

    /// Prints the summary and gives the exit status.
    fn close(self) -> ExitCode {
        eprintln!();
        for (name, outcome, took) in &self.steps {
            match outcome {
                Outcome::Passed => eprintln!("  passed  {:>7.1} s  {name}", took.as_secs_f64()),
                Outcome::Failed => eprintln!("  FAILED  {:>7.1} s  {name}", took.as_secs_f64()),
                Outcome::Skipped(reason) => eprintln!("  skipped             {name}: {reason}"),
            }
        }
        let total: Duration = self.steps.iter().map(|(_, _, took)| *took).sum();
        let passed = self.steps.iter().all(|(_, outcome, _)| *outcome != Outcome::Failed);
        eprintln!(
            "  {}  {:>7.1} s  in all",
            if passed { "passed" } else { "FAILED" },
            total.as_secs_f64()
        );
        if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

//! `cargo xtask fuzz`: coverage-guided fuzzing (libFuzzer) of everything that reads what somebody outside has written.
//!
//! The folder `fuzz/` is laid out for cargo-fuzz, whose work is done here with what a stable toolchain has: the compiler's
//! pass that counts which edges of the code were taken is an ordinary option of LLVM. Sanitizers need a nightly toolchain, and
//! find what `unsafe` code does wrong, of which there is none here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace::{self, Workspace};
use crate::{announce, setup};

/// What makes a build one that libFuzzer can guide.
const INSTRUMENTATION: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// The most memory that reading any input may take, in megabytes.
const MEMORY: u32 = 512;

/// The longest that reading any input may take, in seconds. Shared machines are slow at times.
const PATIENCE: u32 = 10;

/// Feed the code that faces the outside with inputs that reach further and further into it.
///
/// Without the name of a target all of them run, one after the other. The inputs that are found to matter are kept in
/// target/fuzz/corpus; one that breaks something is kept in target/fuzz/artifacts.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For how long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The targets; `fuzz/README.md` says what each of them reads.
    targets: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let all = targets(&workspace)?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown}; there are {}", all.join(", "));
    }
    let chosen = if arguments.targets.is_empty() {
        &all
    } else {
        &arguments.targets
    };
    build(&workspace, chosen)?;
    fuzz(&workspace, chosen, arguments.seconds)?;
    Ok(ExitCode::SUCCESS)
}

/// Every target, for a share of the seconds each.
pub(crate) fn shared(workspace: &Workspace, seconds: u64) -> Result<()> {
    let all = targets(workspace)?;
    build(workspace, &all)?;
    fuzz(workspace, &all, seconds.div_ceil(all.len() as u64))
}

/// Why there can be no fuzzing on this machine: libFuzzer is written in C++.
pub(crate) fn missing() -> Option<&'static str> {
    let compiler = ["c++", "g++", "clang++"].into_iter().any(setup::on_path);
    (!compiler).then_some("there is no C++ compiler")
}

/// The names of the targets.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root.join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(stem) = path.file_stem()
        {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn build(workspace: &Workspace, targets: &[String]) -> Result<()> {
    let mut command = workspace.cargo();
    command
        .args([
            "build",
            "--release",
            "--manifest-path",
            "fuzz/Cargo.toml",
            "--target",
            &host()?,
        ])
        .args(targets.iter().flat_map(|name| ["--bin", name]))
        // With a target, build scripts and macros stay as they are.
        .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\u{1f}"))
        .env("CARGO_TARGET_DIR", folder(workspace));
    workspace::run(&mut command)
}

fn fuzz(workspace: &Workspace, targets: &[String], seconds: u64) -> Result<()> {
    let mut broken = Vec::new();
    for name in targets {
        announce(format_args!("fuzzing {name} for {seconds} s"));
        let (found, artifacts) = (
            subfolder(workspace, "corpus", name)?,
            subfolder(workspace, "artifacts", name)?,
        );
        let program = folder(workspace).join(host()?).join("release").join(name);
        let mut command = Command::new(&program);
        command
            .arg(&found)
            .arg(workspace.root.join("fuzz/corpus").join(name))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={PATIENCE}"))
            .arg(format!("-rss_limit_mb={MEMORY}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-max_len=65536", "-print_final_stats=1", "-verbosity=0"])
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null());
        if let Err(error) = workspace::run(&mut command) {
            eprintln!("error: {error:#}");
            eprintln!("To try it again: {} {}/<input>", program.display(), artifacts.display());
            broken.push(name.as_str());
        }
    }
    if broken.is_empty() {
        announce(format_args!("no input of {} targets broke anything", targets.len()));
        return Ok(());
    }
    bail!("inputs were found that break {}", broken.join(", "))
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("fuzz")
}

fn subfolder(workspace: &Workspace, kind: &str, target: &str) -> Result<PathBuf> {
    let path: PathBuf = [folder(workspace).as_path(), Path::new(kind), Path::new(target)]
        .iter()
        .collect();
    fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path)
}

/// The target of native builds, which must be named for build scripts to be built apart.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(ToOwned::to_owned)
        .context("rustc does not say what it builds for")
}

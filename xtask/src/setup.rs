//! `cargo xtask setup`: the tools that the other commands need, and where they come from.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::announce;
use crate::workspace::{self, WASM, Workspace};

/// Install the tools that are missing, and say which.
///
/// The other commands do this by themselves. Needed are Rust's wasm32-wasip2 target, rustfmt and clippy (through
/// rustup), and redis-server or valkey-server and, for the tests, curl (through apt).
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    everything(&workspace)?;
    lint_tools(&workspace)?;
    curl()?;
    announce("everything is there");
    Ok(ExitCode::SUCCESS)
}

/// What it takes to build and run the stack.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    wasm_target(workspace)?;
    redis()
}

/// Rust's standard library for the components.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM])
        .current_dir(&workspace.root)
        .stderr(Stdio::null())
        .output()
        .context("cannot run rustc")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if !on_path("rustup") {
        bail!(
            "Rust's {WASM} target is not installed, and there is no rustup to install it with. Install the target as \
             you installed Rust, or install Rust from https://rustup.rs"
        );
    }
    announce(format_args!(
        "installing Rust's {WASM} target: rustup target add {WASM}"
    ));
    workspace::run(
        Command::new("rustup")
            .args(["target", "add", WASM])
            .current_dir(&workspace.root),
    )
}

/// The tools that only `cargo xtask test` needs.
pub(crate) fn lint_tools(workspace: &Workspace) -> Result<()> {
    for (component, program) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        // `--version` answers only when the component is really there: rustup puts a proxy on the path in any case.
        let there = workspace
            .cargo()
            .args([program, "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if there {
            continue;
        }
        if !on_path("rustup") {
            bail!(
                "{component} is not installed, and there is no rustup to install it with. Install it as you \
                 installed Rust"
            );
        }
        announce(format_args!("installing {component}: rustup component add {component}"));
        workspace::run(
            Command::new("rustup")
                .args(["component", "add", component])
                .current_dir(&workspace.root),
        )?;
    }
    Ok(())
}

/// A Redis: the real one, or Valkey.
pub(crate) fn redis() -> Result<()> {
    if on_path("redis-server") || on_path("valkey-server") {
        return Ok(());
    }
    if !on_path("apt-get") {
        bail!(
            "neither redis-server nor valkey-server is on the PATH, and there is no apt-get to install one with. \
             Install Redis 6.2 or later, or Valkey (macOS: `brew install redis`; Fedora: `dnf install valkey`), and try again"
        );
    }
    install("redis-server")
}

/// The client that needs no client: the tests upload with it, as the README says.
pub(crate) fn curl() -> Result<()> {
    if on_path("curl") {
        return Ok(());
    }
    if !on_path("apt-get") {
        bail!("curl is not on the PATH, and there is no apt-get to install it with. Install it, and try again");
    }
    install("curl")
}

/// A browser, and the packages of the tests that run in it.
pub(crate) fn browser(workspace: &Workspace) -> Result<()> {
    if !on_path("chromium") && std::env::var_os("CHROMIUM").is_none() {
        if !on_path("apt-get") {
            bail!("there is no chromium on the PATH, and no apt-get to install it with; CHROMIUM can say where one is");
        }
        install("chromium")?;
    }
    let folder = workspace.root.join("tests/uppy");
    if folder.join("node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    announce("installing the packages of the tests in a browser: npm ci");
    workspace::run(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(folder)
            .stdout(std::io::stderr()),
    )
}

/// Installs a package of Debian and its kin.
fn install(package: &str) -> Result<()> {
    let root = effective_user_is_root()?;
    if !root && !on_path("sudo") {
        bail!(
            "{package} is not installed. Installing it needs root, and there is no sudo: run `apt-get install {package}` \
             as root, and try again"
        );
    }
    announce(format_args!("installing {package}: apt-get install {package}"));
    // A list that is out of date names packages that are gone; one that cannot be renewed may still do.
    if let Err(error) = workspace::run(&mut apt(root, &["update", "-qq"])) {
        announce(format_args!(
            "the list of packages could not be renewed ({error:#}); trying with the one that is there"
        ));
    }
    workspace::run(&mut apt(
        root,
        &["install", "-y", "-qq", "--no-install-recommends", package],
    ))
    .with_context(|| format!("{package} could not be installed; install it by hand, and try again"))
}

/// An `apt-get` command that asks nothing and writes to standard error alone.
fn apt(root: bool, arguments: &[&str]) -> Command {
    let mut command = if root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        sudo
    };
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::io::stderr());
    command
}

fn effective_user_is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output().context("cannot run id")?;
    Ok(output.stdout.trim_ascii() == b"0")
}

/// Whether there is a program of this name.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

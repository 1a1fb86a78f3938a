//! The workspace as cargo sees it: where it is, where it builds to, and which of its packages run inside the host.
//!
//! Whatever runs on this machine is built with `--workspace`, even when it is a single program. Cargo chooses the
//! features of a dependency by the packages that are selected, so that another selection is another build of nearly
//! everything, and the WebAssembly engine alone takes minutes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// The target that components are compiled for.
pub(crate) const WASM: &str = "wasm32-wasip2";

/// What `cargo metadata` says about this workspace, as far as the commands need it.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    /// The folder that holds `Cargo.toml` and `spin.toml`.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// The folder that cargo builds into, wherever the environment or cargo's configuration puts it.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// The members.
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    /// The package's name, which `cargo --package` takes.
    pub(crate) name: String,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(manifest_folder())
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed: {}", output.status);
        }
        serde_json::from_slice(&output.stdout).context("cannot read the output of `cargo metadata`")
    }

    /// From now on cargo builds into another folder.
    pub(crate) fn build_into(&mut self, folder: PathBuf) {
        self.target = folder;
    }

    /// A cargo command that runs in the workspace's root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// The packages that become components: those that build a `cdylib`.
    pub(crate) fn components(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.module().is_some())
    }

    /// The packages that run inside the host: the components, and the libraries that are written against Spin's SDK.
    pub(crate) fn guests(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| {
            package.module().is_some()
                || package
                    .dependencies
                    .iter()
                    .any(|dependency| dependency.name == "spin-sdk")
        })
    }
}

impl Package {
    /// The name of the Wasm file that this package builds, without its ending; none for a package that is no component.
    pub(crate) fn module(&self) -> Option<&str> {
        self.targets
            .iter()
            .find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
            .map(|target| target.name.as_str())
    }

    /// The names of the package's integration tests, which `cargo --test` takes.
    pub(crate) fn integration_tests(&self) -> impl Iterator<Item = &str> {
        self.targets
            .iter()
            .filter(|target| target.kind.iter().any(|kind| kind == "test"))
            .map(|target| target.name.as_str())
    }
}

/// Repeats `--package NAME` (or `--exclude NAME`) for every package.
pub(crate) fn each<'a>(
    option: &'a str,
    packages: impl Iterator<Item = &'a Package> + 'a,
) -> impl Iterator<Item = &'a str> {
    packages.flat_map(move |package| [option, package.name.as_str()])
}

/// Runs a command to its end and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", program(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", in_words(command));
    }
    Ok(())
}

/// The command line, for a message.
pub(crate) fn in_words(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(program(command))
        .chain(
            command
                .get_args()
                .map(|argument| argument.to_string_lossy().into_owned()),
        )
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("`{} …`", &line[..end]),
        None => format!("`{line}`"),
    }
}

fn program(command: &Command) -> String {
    let path = Path::new(command.get_program());
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The cargo that runs this program.
///
/// `cargo run` describes the package it runs in variables. The cargo below must not see them: some build scripts watch
/// them, and would run again each time that a build is started in another way.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
            command.env_remove(&name);
        }
    }
    command
}

/// Where this package lies: at run time where `cargo run` says so, else where it was compiled.
fn manifest_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

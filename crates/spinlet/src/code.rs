//! From files to compiled code: a component with its dependencies is composed, compiled, and kept in a cache on disk.
//!
//! An entry of the cache is named by a hash over everything that it depends on: the bytes of the files, how they are
//! composed, and the engine's version and settings. So an entry is either right or not found, and none ever expires.

use std::{
    collections::hash_map::DefaultHasher,
    fmt::Write as _,
    fs,
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, component::Component};

use crate::compose::{Part, compose};

/// The files of a component, and how they become one.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) source: PathBuf,
    pub(crate) parts: Vec<Part>,
    /// The folder of the cache.
    pub(crate) cache: PathBuf,
}

/// What a recipe's files looked like at one moment; equal as long as nobody wrote to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(Vec<(SystemTime, u64)>);

/// Compiled code, and the hash by which it is known.
pub(crate) struct Code {
    pub(crate) component: Component,
    pub(crate) hash: String,
}

impl Recipe {
    fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.source.as_path()).chain(self.parts.iter().map(|part| part.file.as_path()))
    }

    /// A file that is not there.
    pub(crate) fn missing(&self) -> Option<&Path> {
        self.files().find(|file| !file.is_file())
    }

    /// Looks at the files without reading them.
    pub(crate) fn stamp(&self) -> io::Result<Stamp> {
        let stamp = |file: &Path| {
            let metadata = fs::metadata(file)?;
            Ok((metadata.modified()?, metadata.len()))
        };
        self.files().map(stamp).collect::<io::Result<_>>().map(Stamp)
    }

    /// Reads and compiles, or takes from the cache. Takes up to seconds of computing: not for a task that others wait
    /// for.
    pub(crate) fn code(&self, engine: &Engine) -> Result<Code, String> {
        let read = |file: &Path| fs::read(file).map_err(|error| format!("{}: {error}", file.display()));
        let source = read(&self.source)?;
        let mut parts = Vec::new();
        for part in &self.parts {
            parts.push((part, read(&part.file)?));
        }
        let hash = hash(engine, &source, &parts);
        let entry = self.cache.join(format!("{hash}.cwasm"));
        if let Some(component) = load(engine, &entry) {
            return Ok(Code { component, hash });
        }
        let component = if parts.is_empty() {
            Component::from_binary(engine, &source)
        } else {
            Component::from_binary(engine, &compose(&source, &parts)?)
        };
        let component = component.map_err(|error| format!("{}: {}", self.source.display(), one_line(&error)))?;
        match component.serialize() {
            Ok(compiled) => store(&entry, &compiled),
            Err(error) => tracing::warn!("cannot cache {}: {error:#}", self.source.display()),
        }
        Ok(Code { component, hash })
    }
}

/// What is wrong with a file, of which the engine likes to show the bytes one below the other.
fn one_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hash(engine: &Engine, source: &[u8], parts: &[(&Part, Vec<u8>)]) -> String {
    let mut compatibility = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compatibility);
    let mut hash = Sha256::new();
    // Each piece is preceded by its length, so that no two different recipes read the same.
    let mut add = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(bytes);
    };
    add(&compatibility.finish().to_le_bytes());
    add(source);
    for (part, bytes) in parts {
        add(part.import.as_bytes());
        add(part.export.as_deref().unwrap_or_default().as_bytes());
        add(format!("{:?}", part.inherit).as_bytes());
        add(bytes);
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[expect(
    unsafe_code,
    reason = "compiled code is run as it is; only this crate writes to the cache, and who else can write there can replace the host as well"
)]
fn load(engine: &Engine, entry: &Path) -> Option<Component> {
    if !entry.is_file() {
        return None;
    }
    // SAFETY: the file was written by `store`, whole or not at all, from what this very engine version compiled.
    let loaded = unsafe { Component::deserialize_file(engine, entry) };
    loaded
        .inspect_err(|error| tracing::warn!("compiling again, because {} is of no use: {error:#}", entry.display()))
        .ok()
}

/// Writes an entry under another name first, so that nobody ever sees half of it. Without a cache everything still
/// works, if more slowly.
fn store(entry: &Path, compiled: &[u8]) {
    let unfinished = entry.with_extension(format!("{}.part", std::process::id()));
    let stored = fs::write(&unfinished, compiled).and_then(|()| fs::rename(&unfinished, entry));
    if let Err(error) = stored {
        tracing::warn!("cannot write {}: {error}", entry.display());
    }
}

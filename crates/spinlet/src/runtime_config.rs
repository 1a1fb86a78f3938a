//! `runtime-config.toml`: where the databases are that the manifest only names.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{Error, Options, host::sqlite::Location, manifest::toml_file};

/// The database that needs no configuration, and the file it is kept in, as in Spin.
const DEFAULT: (&str, &str) = ("default", "sqlite_db.db");

/// The databases that are defined: label and place.
#[derive(Debug)]
pub(crate) struct RuntimeConfig {
    databases: BTreeMap<String, Location>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    sqlite_database: BTreeMap<String, Database>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
enum Database {
    Spin { path: Option<PathBuf> },
}

impl RuntimeConfig {
    /// Reads the file, if the options name one. Paths in it are relative to the folder of the manifest, which is where
    /// `spin up` is typed.
    pub(crate) fn load(options: &Options) -> Result<Self, Error> {
        let document = match &options.runtime_config {
            Some(path) => toml_file(path)?,
            None => Document {
                sqlite_database: BTreeMap::new(),
            },
        };
        let folder = options.manifest.parent().unwrap_or(Path::new(""));
        let (default, file) = DEFAULT;
        let mut databases = BTreeMap::from([(default.to_owned(), Location::File(options.state.join(file)))]);
        for (label, Database::Spin { path }) in document.sqlite_database {
            let location = path.map_or(Location::Memory, |path| Location::File(folder.join(path)));
            databases.insert(label, location);
        }
        Ok(Self { databases })
    }

    /// Where a database is, if it is defined.
    pub(crate) fn database(&self, label: &str) -> Option<&Location> {
        self.databases.get(label)
    }
}

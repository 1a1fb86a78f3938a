//! What the manifest says about one component, made ready for use: its files, and its grants.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    Error, Options,
    allowed_hosts::AllowedHosts,
    code::Recipe,
    compose::Part,
    counters::Counting,
    effects::Watch,
    guest::{Grants, Home},
    host::{
        sqlite::{Databases, Location},
        stdio::Stdio,
    },
    manifest::{Component, Dependency, DependencySource, Inherit, Manifest},
    runtime_config::RuntimeConfig,
    start::create_folder,
    variables::Variables,
};

/// Everything that decides what a component may do.
pub(crate) struct Load<'a> {
    pub(crate) options: &'a Options,
    pub(crate) manifest: &'a Manifest,
    pub(crate) variables: &'a Variables,
    pub(crate) runtime_config: &'a RuntimeConfig,
    pub(crate) watch: Watch,
}

impl Load<'_> {
    /// The files of a component.
    pub(crate) fn recipe(&self, name: &str, component: &Component) -> Result<Recipe, Error> {
        self.check_environment(name, component)?;
        let part = |(import, dependency): &(String, Dependency)| {
            Ok(Part {
                import: import.clone(),
                file: self.dependency_file(name, import, dependency)?,
                export: dependency.export.clone(),
                inherit: dependency.inherit.clone(),
            })
        };
        Ok(Recipe {
            source: component.source.clone(),
            parts: component.dependencies.iter().map(part).collect::<Result<_, Error>>()?,
            cache: self.options.cache.clone(),
        })
    }

    /// Spin shows a dependency an empty environment unless it inherits its parent's. Here, both see the same one.
    fn check_environment(&self, name: &str, component: &Component) -> Result<(), Error> {
        let inherits = |dependency: &Dependency| match &dependency.inherit {
            Inherit::All => true,
            Inherit::Only(fields) => fields.iter().any(|field| field == "environment"),
        };
        let withheld = component
            .dependencies
            .iter()
            .find(|(_, dependency)| !inherits(dependency));
        match withheld {
            Some((import, _)) if !component.environment.is_empty() => Err(self.manifest.error(
                format!("component.{name}.environment"),
                format!("spinlet cannot keep it from the dependency {import:?}, which does not inherit it"),
            )),
            _ => Ok(()),
        }
    }

    fn dependency_file(&self, component: &str, import: &str, dependency: &Dependency) -> Result<PathBuf, Error> {
        let field = |name: &str| format!("component.{component}.dependencies.{import:?}.{name}");
        match &dependency.source {
            DependencySource::File(path) => Ok(path.clone()),
            DependencySource::Component(id) => match self.manifest.components.get(id) {
                None => Err(self
                    .manifest
                    .error(field("component"), format!("there is no component `{id}`"))),
                Some(provider) if !provider.dependencies.is_empty() => Err(self.manifest.error(
                    field("component"),
                    format!("component `{id}` has dependencies itself, which spinlet does not implement"),
                )),
                Some(provider) => Ok(provider.source.clone()),
            },
        }
    }

    /// The grants of a component.
    pub(crate) fn grants(&self, name: &str, component: &Component, home: Home) -> Result<Grants, Error> {
        let mut variables = BTreeMap::new();
        for (key, template) in &component.variables {
            let value = self.variables.fill(template);
            let value = value.map_err(|error| {
                let field = format!("component.{name}.variables.{key}");
                self.manifest.error(field, error)
            })?;
            variables.insert(key.clone(), value);
        }
        Ok(Grants {
            component: name.to_owned(),
            variables,
            environment: component.environment.clone(),
            allowed_hosts: self.allowed_hosts(name, component)?,
            databases: self.databases(name, component)?,
            stdio: Stdio::new(name, self.options.logs.as_deref())?,
            counting: Counting::default(),
            watch: self.watch.clone(),
            home,
        })
    }

    fn allowed_hosts(&self, name: &str, component: &Component) -> Result<AllowedHosts, Error> {
        let components: Vec<&str> = self.manifest.components.keys().map(String::as_str).collect();
        let mut allowed = AllowedHosts::default();
        for (index, template) in component.allowed_outbound_hosts.iter().enumerate() {
            let field = || format!("component.{name}.allowed_outbound_hosts[{index}]");
            let entry = self.variables.fill(template);
            let entry = entry.map_err(|error| self.manifest.error(field(), error))?;
            // An endpoint is optional where a variable may leave it empty.
            if !template.is_literal() && matches!(entry.as_str(), "" | "http://" | "https://") {
                continue;
            }
            let added = allowed.add(&entry, &components);
            added.map_err(|reason| self.manifest.error(field(), format!("{entry:?}: {reason}")))?;
        }
        Ok(allowed)
    }

    fn databases(&self, name: &str, component: &Component) -> Result<Databases, Error> {
        let mut databases = Databases::new();
        for (index, label) in component.sqlite_databases.iter().enumerate() {
            let Some(location) = self.runtime_config.database(label) else {
                return Err(self.manifest.error(
                    format!("component.{name}.sqlite_databases[{index}]"),
                    format!("the database {label:?} is not defined: add [sqlite_database.{label}] to the runtime configuration"),
                ));
            };
            if let Location::File(file) = location {
                file.parent().map_or(Ok(()), create_folder)?;
            }
            databases.insert(label.clone(), location.clone());
        }
        Ok(databases)
    }
}

//! `spin.toml`, version 2 of the manifest: what the application consists of and what each part may do.
//!
//! Reading is strict in both directions. A field that Spin does not know is refused as a mistake; a field that Spin
//! knows and this host does not implement is refused as such. Either way the message gives the line and the field.

mod document;
mod read;

pub(crate) use document::{Dependency, DependencySource, Inherit};
pub(crate) use read::toml_file;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{Error, template::Template};
use document::Document;

/// A manifest that has been read and found consistent.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) path: PathBuf,
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) http: Vec<HttpTrigger>,
    pub(crate) redis: Vec<RedisTrigger>,
    pub(crate) components: BTreeMap<String, Component>,
}

/// An application variable.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Its value when nobody gives another; none when it is required.
    pub(crate) default: Option<String>,
}

/// A route and the component behind it.
#[derive(Debug)]
pub(crate) struct HttpTrigger {
    pub(crate) component: String,
    /// None for a private route: reachable as `http://<component>.spin.internal` only.
    pub(crate) route: Option<String>,
}

/// A channel and the component that hears it.
#[derive(Debug)]
pub(crate) struct RedisTrigger {
    pub(crate) component: String,
    pub(crate) address: Template,
    pub(crate) channel: Template,
}

/// A component and what it is granted.
#[derive(Debug)]
pub(crate) struct Component {
    /// The file, absolute or relative to where the process runs.
    pub(crate) source: PathBuf,
    pub(crate) dependencies: Vec<(String, Dependency)>,
    pub(crate) variables: BTreeMap<String, Template>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) allowed_outbound_hosts: Vec<Template>,
    pub(crate) sqlite_databases: Vec<String>,
}

impl Manifest {
    /// Reads and checks a manifest; paths in it become relative to its folder.
    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        let check = Check { path };
        // Looked at by itself, because another version has other fields.
        let table: toml::Table = toml_file(path)?;
        if table.get("spin_manifest_version") != Some(&toml::Value::Integer(2)) {
            return Err(check.error("spin_manifest_version", "must be 2"));
        }
        check.manifest(toml_file(path)?)
    }

    /// An error about a field of this manifest.
    pub(crate) fn error(&self, field: impl Into<String>, reason: impl std::fmt::Display) -> Error {
        Check { path: &self.path }.error(field, reason)
    }
}

/// The checks that need more than one field.
struct Check<'a> {
    path: &'a Path,
}

impl Check<'_> {
    fn error(&self, field: impl Into<String>, reason: impl std::fmt::Display) -> Error {
        Error::Field {
            path: self.path.to_owned(),
            line: None,
            field: field.into(),
            reason: reason.to_string(),
        }
    }

    fn manifest(&self, document: Document) -> Result<Manifest, Error> {
        let variables = self.variables(document.variables)?;
        let known = |name: &str| document.component.contains_key(name);

        let mut http = Vec::new();
        for (index, trigger) in document.trigger.http.into_iter().enumerate() {
            let field = format!("trigger.http[{index}]");
            if !known(&trigger.component) {
                return Err(self.unknown_component(&field, &trigger.component));
            }
            let route = match trigger.route {
                document::Route::Path(route) => Some(route),
                document::Route::Private(endpoint) if endpoint.private => None,
                document::Route::Private(_) => {
                    return Err(self.error(field + ".route", "must be a path or { private = true }"));
                }
            };
            http.push(HttpTrigger {
                component: trigger.component,
                route,
            });
        }

        let default_address = document.application.trigger.redis.and_then(|redis| redis.address);
        let mut redis = Vec::new();
        for (index, trigger) in document.trigger.redis.into_iter().enumerate() {
            let field = format!("trigger.redis[{index}]");
            if !known(&trigger.component) {
                return Err(self.unknown_component(&field, &trigger.component));
            }
            let address = trigger.address.as_ref().or(default_address.as_ref()).ok_or_else(|| {
                self.error(
                    format!("{field}.address"),
                    "missing, and [application.trigger.redis] gives no address either",
                )
            })?;
            redis.push(RedisTrigger {
                component: trigger.component,
                address: self.template(format!("{field}.address"), address, &variables)?,
                channel: self.template(format!("{field}.channel"), &trigger.channel, &variables)?,
            });
        }

        let mut components = BTreeMap::new();
        for (name, component) in document.component {
            components.insert(name.clone(), self.component(&name, component, &variables)?);
        }
        Ok(Manifest {
            path: self.path.to_owned(),
            variables,
            http,
            redis,
            components,
        })
    }

    fn variables(&self, declared: BTreeMap<String, document::Variable>) -> Result<BTreeMap<String, Variable>, Error> {
        let mut variables = BTreeMap::new();
        for (name, variable) in declared {
            let field = format!("variables.{name}");
            if let Err(reason) = crate::variables::check_name(&name) {
                return Err(self.error(field, reason));
            }
            if variable.required == variable.default.is_some() {
                return Err(self.error(field, "must either be `required` or have a `default`"));
            }
            variables.insert(
                name,
                Variable {
                    default: variable.default,
                },
            );
        }
        Ok(variables)
    }

    fn component(
        &self,
        name: &str,
        component: document::Component,
        declared: &BTreeMap<String, Variable>,
    ) -> Result<Component, Error> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let document::Source::File(source) = component.source;
        let mut variables = BTreeMap::new();
        for (key, value) in component.variables {
            let field = format!("component.{name}.variables.{key}");
            if let Err(reason) = crate::variables::check_name(&key) {
                return Err(self.error(field, reason));
            }
            variables.insert(key, self.template(field, &value, declared)?);
        }
        let mut allowed_outbound_hosts = Vec::new();
        for (index, host) in component.allowed_outbound_hosts.iter().enumerate() {
            let field = format!("component.{name}.allowed_outbound_hosts[{index}]");
            allowed_outbound_hosts.push(self.template(field, host, declared)?);
        }
        let mut dependencies = Vec::new();
        for (import, mut dependency) in component.dependencies {
            if let DependencySource::File(path) = &mut dependency.source {
                *path = folder.join(&*path);
            }
            if component.dependencies_inherit_configuration {
                dependency.inherit = Inherit::All;
            }
            dependencies.push((import, dependency));
        }
        Ok(Component {
            source: folder.join(source),
            dependencies,
            variables,
            environment: component.environment,
            allowed_outbound_hosts,
            sqlite_databases: component.sqlite_databases,
        })
    }

    /// A template whose variables are all declared.
    fn template(&self, field: String, text: &str, declared: &BTreeMap<String, Variable>) -> Result<Template, Error> {
        let checked = Template::parse(text).and_then(|template| {
            template.fill(|name| declared.get(name).map(|_| ""))?;
            Ok(template)
        });
        checked.map_err(|error| self.error(field, error))
    }

    fn unknown_component(&self, trigger: &str, component: &str) -> Error {
        self.error(
            format!("{trigger}.component"),
            format!("there is no component `{component}`"),
        )
    }
}

//! The manifest as it is written: one type per table, one member per field that Spin knows.
//!
//! [`Refused`] stands where Spin offers something that this host does not implement.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Deserializer, de::IgnoredAny};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(rename = "spin_manifest_version")]
    _version: i64,
    pub(super) application: Application,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, Variable>,
    #[serde(default)]
    pub(super) trigger: Triggers,
    #[serde(default)]
    pub(super) component: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    #[serde(rename = "name")]
    _name: String,
    #[serde(default, rename = "version")]
    _version: IgnoredAny,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default, rename = "authors")]
    _authors: IgnoredAny,
    #[serde(default, rename = "targets")]
    _targets: IgnoredAny,
    #[serde(default, rename = "tool")]
    _tool: IgnoredAny,
    #[serde(default)]
    pub(super) trigger: ApplicationTriggers,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationTriggers {
    pub(super) redis: Option<ApplicationRedis>,
    #[serde(default, rename = "http")]
    _http: Refused,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationRedis {
    pub(super) address: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) default: Option<String>,
    #[serde(default, rename = "secret")]
    _secret: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Triggers {
    #[serde(default)]
    pub(super) http: Vec<HttpTrigger>,
    #[serde(default)]
    pub(super) redis: Vec<RedisTrigger>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpTrigger {
    #[serde(default, rename = "id")]
    _id: IgnoredAny,
    pub(super) component: String,
    pub(super) route: Route,
    #[serde(default, rename = "executor")]
    _executor: Option<Executor>,
    #[serde(default, rename = "static_response")]
    _static_response: Refused,
    #[serde(default, rename = "components")]
    _components: Refused,
    #[serde(default, rename = "dependencies")]
    _dependencies: Refused,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a path or { private = true }")]
pub(super) enum Route {
    Path(String),
    Private(PrivateRoute),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivateRoute {
    pub(super) private: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Executor {
    #[serde(rename = "type")]
    _kind: ExecutorKind,
}

/// Spin also has `wagi`, which is the CGI of old.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ExecutorKind {
    #[serde(alias = "spin")]
    Http,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedisTrigger {
    #[serde(default, rename = "id")]
    _id: IgnoredAny,
    pub(super) component: String,
    pub(super) channel: String,
    pub(super) address: Option<String>,
    #[serde(default, rename = "components")]
    _components: Refused,
    #[serde(default, rename = "dependencies")]
    _dependencies: Refused,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) source: Source,
    #[serde(default, rename = "description")]
    _description: IgnoredAny,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub(super) sqlite_databases: Vec<String>,
    #[serde(default)]
    pub(super) dependencies: BTreeMap<String, Dependency>,
    #[serde(default)]
    pub(super) dependencies_inherit_configuration: bool,
    #[serde(default, rename = "build")]
    _build: IgnoredAny,
    #[serde(default, rename = "profile")]
    _profile: IgnoredAny,
    #[serde(default, rename = "tool")]
    _tool: IgnoredAny,
    #[serde(default, rename = "targets")]
    _targets: IgnoredAny,
    #[serde(default, rename = "files")]
    _files: Refused,
    #[serde(default, rename = "exclude_files")]
    _exclude_files: Refused,
    #[serde(default, rename = "allowed_http_hosts")]
    _allowed_http_hosts: Refused,
    #[serde(default, rename = "key_value_stores")]
    _key_value_stores: Refused,
    #[serde(default, rename = "ai_models")]
    _ai_models: Refused,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be the path of a file: spinlet fetches no components")]
pub(super) enum Source {
    File(PathBuf),
}

/// Where the implementation of an import comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "DependencyTable")]
pub(crate) struct Dependency {
    pub(crate) source: DependencySource,
    /// The export to take, when it is not called like the import.
    pub(crate) export: Option<String>,
    pub(crate) inherit: Inherit,
}

/// A component of the same application, or a file.
#[derive(Clone, Debug)]
pub(crate) enum DependencySource {
    Component(String),
    File(PathBuf),
}

/// Which of the parent's grants a dependency may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inherit {
    All,
    /// The names of manifest fields, such as `allowed_outbound_hosts`; none by default.
    Only(Vec<String>),
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `component` or `path`: spinlet fetches no packages"
)]
struct DependencyTable {
    component: Option<String>,
    path: Option<PathBuf>,
    export: Option<String>,
    #[serde(default)]
    inherit_configuration: InheritValue,
    #[serde(default, rename = "version")]
    _version: Refused,
    #[serde(default, rename = "registry")]
    _registry: Refused,
    #[serde(default, rename = "package")]
    _package: Refused,
    #[serde(default, rename = "url")]
    _url: Refused,
    #[serde(default, rename = "digest")]
    _digest: Refused,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "true, false or a list of manifest fields")]
enum InheritValue {
    All(bool),
    Only(Vec<String>),
}

impl Default for InheritValue {
    fn default() -> Self {
        Self::All(false)
    }
}

impl TryFrom<DependencyTable> for Dependency {
    type Error = &'static str;

    fn try_from(table: DependencyTable) -> Result<Self, Self::Error> {
        let source = match (table.component, table.path) {
            (Some(component), None) => DependencySource::Component(component),
            (None, Some(path)) => DependencySource::File(path),
            _ => return Err("must have either `component` or `path`"),
        };
        Ok(Self {
            source,
            export: table.export,
            inherit: match table.inherit_configuration {
                InheritValue::All(true) => Inherit::All,
                InheritValue::All(false) => Inherit::Only(Vec::new()),
                InheritValue::Only(fields) => Inherit::Only(fields),
            },
        })
    }
}

/// A field that Spin implements and this host does not. An empty value asks for nothing and passes.
#[derive(Debug, Default)]
struct Refused;

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let empty = match toml::Value::deserialize(deserializer)? {
            toml::Value::Array(items) => items.is_empty(),
            toml::Value::Table(fields) => fields.is_empty(),
            _ => false,
        };
        if empty {
            Ok(Self)
        } else {
            Err(serde::de::Error::custom("spinlet does not implement this"))
        }
    }
}

//! What each component may do, as a page, from the manifest that grants it.
//!
//! A table that somebody typed is right on the day it was typed. `docs/capabilities.md` is written from `spin.toml`, and a
//! test says when it is stale:
//!
//! ```sh
//! cargo run -p capability-table --example write-capabilities
//! ```

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

/// The part of a manifest that says who may do what.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The application's variables, by name.
    pub variables: BTreeMap<String, Variable>,
    /// What starts components.
    trigger: Triggers,
    /// The components, by name.
    pub component: BTreeMap<String, Component>,
}

/// A variable of the application.
#[derive(Debug, Deserialize)]
pub struct Variable {
    /// It is never shown.
    #[serde(default)]
    pub secret: bool,
}

#[derive(Debug, Deserialize)]
struct Triggers {
    #[serde(default)]
    http: Vec<Http>,
    #[serde(default)]
    redis: Vec<Redis>,
}

#[derive(Debug, Deserialize)]
struct Http {
    component: String,
    route: Route,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Route {
    Path(String),
    /// Other components alone reach it.
    #[allow(dead_code, reason = "that it is a table is what matters")]
    Private {
        private: bool,
    },
}

#[derive(Debug, Deserialize)]
struct Redis {
    component: String,
    channel: String,
}

/// A component, and what it is granted.
#[derive(Debug, Deserialize)]
pub struct Component {
    /// Whom it may call.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The databases that it may use.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    #[serde(default)]
    key_value_stores: Vec<String>,
    #[serde(default)]
    files: Vec<toml::Value>,
    /// Its variables: templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    dependencies: BTreeMap<String, Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    component: String,
}

/// What is no manifest.
#[derive(Debug, thiserror::Error)]
#[error("the manifest cannot be read: {0}")]
pub struct Unreadable(#[from] toml::de::Error);

impl Manifest {
    /// Reads a manifest.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        Ok(toml::from_str(text)?)
    }

    /// The application's secrets that a component is told.
    pub fn secrets<'a>(&'a self, component: &'a Component) -> impl Iterator<Item = &'a str> {
        let secrets = self.variables.iter().filter(|(_, variable)| variable.secret);
        secrets.map(|(name, _)| name.as_str()).filter(|name| {
            let template = format!("{{{{ {name} }}}}");
            component.variables.values().any(|value| value.contains(&template))
        })
    }

    /// The page.
    pub fn page(&self) -> String {
        let mut page = String::from(INTRODUCTION);
        for (name, component) in &self.component {
            let secrets: Vec<_> = self.secrets(component).map(code).collect();
            let databases = component.sqlite_databases.iter().map(String::as_str).map(code);
            let others = component
                .key_value_stores
                .iter()
                .map(|store| format!("store {}", code(store)));
            let files = component
                .files
                .iter()
                .map(|files| format!("files {}", code(&files.to_string())));
            let with: Vec<_> = component.dependencies.values().map(|of| code(&of.component)).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                code(name),
                listed(&self.starts(name)),
                listed(
                    &component
                        .allowed_outbound_hosts
                        .iter()
                        .map(|host| code(host))
                        .collect::<Vec<_>>()
                ),
                listed(&databases.chain(others).chain(files).collect::<Vec<_>>()),
                listed(&secrets),
                listed(&with),
            );
        }
        page
    }

    fn starts(&self, component: &str) -> Vec<String> {
        let http = self
            .trigger
            .http
            .iter()
            .filter(|trigger| trigger.component == component);
        let http = http.map(|trigger| match &trigger.route {
            Route::Path(path) => code(path),
            Route::Private { .. } => "other components".to_owned(),
        });
        let redis = self
            .trigger
            .redis
            .iter()
            .filter(|trigger| trigger.component == component);
        http.chain(redis.map(|trigger| format!("channel {}", code(&trigger.channel))))
            .collect()
    }
}

const INTRODUCTION: &str = "\
# What each component may do

This page is written from `spin.toml`: `cargo run -p capability-table --example write-capabilities`.

Spin gives a component what its block in the manifest grants, and nothing else: no file, no socket, no variable of the
environment, no other component. What a component is not granted, its code cannot do, whoever wrote it and whoever has
taken it over. `tests/tests/grants.rs` puts a component that tries everything in the place of each of these, under the same
grants, and holds the result, and what the built components import, against a table of its own.

| component | is started by | may call | databases | is told the secrets | composed with |
| --- | --- | --- | --- | --- | --- |
";

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn listed(items: &[String]) -> String {
    if items.is_empty() {
        "nothing".to_owned()
    } else {
        items.join(", ")
    }
}

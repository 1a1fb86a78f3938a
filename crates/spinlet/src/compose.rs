//! Composition: a component and the dependencies that the manifest names for its imports become one component.

use std::path::PathBuf;

use wac_graph::{
    CompositionGraph, NodeId,
    types::{Package, SubtypeChecker, WorldId},
};

use crate::manifest::Inherit;

/// A dependency with its file.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The import that it is for: `package:name`, `package:name/interface` or a plain name, the former two with or
    /// without a version.
    pub(crate) import: String,
    pub(crate) file: PathBuf,
    pub(crate) export: Option<String>,
    pub(crate) inherit: Inherit,
}

/// A field of the manifest, and the interfaces that it grants the use of.
const GRANTED_BY: [(&str, &[&str]); 4] = [
    (
        "allowed_outbound_hosts",
        &[
            "spin:redis/",
            "wasi:http/client",
            "wasi:http/outgoing-handler",
            "wasi:sockets/",
        ],
    ),
    ("files", &["wasi:filesystem/preopens"]),
    ("sqlite_databases", &["spin:sqlite/"]),
    ("variables", &["spin:variables/"]),
];

/// Composes `root` with its parts, whose bytes are in the same order.
pub(crate) fn compose(root: &[u8], parts: &[(&Part, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let mut graph = CompositionGraph::new();
    let (world, instance) = add(&mut graph, "root", root)?;
    let mut satisfied = Vec::new();
    for (index, (part, bytes)) in parts.iter().enumerate() {
        let (provider_world, provider) = add(&mut graph, &format!("dependency-{index}"), bytes)?;
        check_grants(&graph, part, provider_world)?;
        let imports: Vec<String> = graph.types()[world].imports.keys().cloned().collect();
        let mut matched = false;
        for import in imports.into_iter().filter(|import| satisfies(&part.import, import)) {
            matched = true;
            if satisfied.contains(&import) {
                return Err(format!("two dependencies satisfy the import {import}"));
            }
            plug(&mut graph, (world, instance), (provider_world, provider), part, &import)?;
            satisfied.push(import);
        }
        if !matched {
            return Err(format!("it has no import that the dependency {:?} is for", part.import));
        }
    }
    let exports: Vec<String> = graph.types()[world].exports.keys().cloned().collect();
    for export in exports {
        let node = graph.alias_instance_export(instance, &export).map_err(text)?;
        graph.export(node, &export).map_err(text)?;
    }
    graph.encode(wac_graph::EncodeOptions::default()).map_err(text)
}

fn add(graph: &mut CompositionGraph, name: &str, bytes: &[u8]) -> Result<(WorldId, NodeId), String> {
    let package = Package::from_bytes(name, None, bytes, graph.types_mut()).map_err(text)?;
    let world = package.ty();
    let package = graph.register_package(package).map_err(text)?;
    Ok((world, graph.instantiate(package)))
}

/// Gives an export of the provider to an import of the root, if their types fit.
fn plug(
    graph: &mut CompositionGraph,
    (world, instance): (WorldId, NodeId),
    (provider_world, provider): (WorldId, NodeId),
    part: &Part,
    import: &str,
) -> Result<(), String> {
    let export = part.export.as_deref().unwrap_or(import);
    let types = graph.types();
    let Some(offered) = types[provider_world].exports.get(export) else {
        return Err(format!("the dependency {:?} does not export {export}", part.import));
    };
    let mut cache = std::collections::HashSet::new();
    SubtypeChecker::new(&mut cache)
        .is_subtype(*offered, types, types[world].imports[import], types)
        .map_err(|error| format!("the dependency {:?} does not fit {import}: {error:#}", part.import))?;
    let node = graph.alias_instance_export(provider, export).map_err(text)?;
    graph.set_instantiation_argument(instance, import, node).map_err(text)
}

/// Spin lets a dependency use what its parent is granted only where the manifest says so, and makes every other call
/// trap. Here, such a dependency is refused.
fn check_grants(graph: &CompositionGraph, part: &Part, world: WorldId) -> Result<(), String> {
    let Inherit::Only(inherited) = &part.inherit else {
        return Ok(());
    };
    for import in graph.types()[world].imports.keys() {
        let denied = GRANTED_BY.iter().find(|(field, interfaces)| {
            interfaces.iter().any(|interface| import.starts_with(interface))
                && !inherited.iter().any(|name| name == field)
        });
        if let Some((field, _)) = denied {
            return Err(format!(
                "the dependency {:?} imports {import}, which `inherit_configuration` does not give it ({field})",
                part.import
            ));
        }
    }
    Ok(())
}

/// Whether a dependency of this name is for that import.
fn satisfies(dependency: &str, import: &str) -> bool {
    let (dependency, wanted_version) = split_version(dependency);
    let (import, version) = split_version(import);
    let whole_package = dependency.contains(':') && !dependency.contains('/');
    let matches = if whole_package {
        import.split_once('/').is_some_and(|(package, _)| package == dependency)
    } else {
        dependency == import
    };
    matches && wanted_version.is_none_or(|wanted| version == Some(wanted))
}

fn split_version(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}

#[cfg(test)]
mod tests {
    use super::satisfies;

    #[test]
    fn names_match_as_in_spin() {
        for (dependency, import) in [
            ("foo:bar/baz@0.1.0", "foo:bar/baz@0.1.0"),
            ("foo:bar/baz", "foo:bar/baz@0.1.0"),
            ("foo:bar/baz", "foo:bar/baz"),
            ("foo:bar", "foo:bar/baz@0.1.0"),
            ("foo:bar@0.1.0", "foo:bar/baz@0.1.0"),
            ("foo-bar", "foo-bar"),
        ] {
            assert!(satisfies(dependency, import), "{dependency} is for {import}");
        }
        for (dependency, import) in [
            ("foo:bar/baz@0.1.0", "foo:bar/baz"),
            ("foo:bar/baz@0.1.0", "foo:bar/baz@0.2.0"),
            ("foo:bar/baz", "foo:bar/bub"),
            ("foo:bar", "foo:bub/bib"),
            ("foo:bar@0.1.0", "foo:bar/baz"),
            ("foo:bar/baz", "foo-bar"),
        ] {
            assert!(!satisfies(dependency, import), "{dependency} is not for {import}");
        }
    }
}

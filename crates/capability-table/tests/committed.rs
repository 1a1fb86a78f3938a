//! The committed page, and what must hold for every manifest of this project.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::path::{Path, PathBuf};

use capability_table::Manifest;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn manifest() -> Manifest {
    Manifest::read(&std::fs::read_to_string(project("spin.toml")).unwrap()).unwrap()
}

#[test]
fn the_page_says_what_the_manifest_grants() {
    let page = std::fs::read_to_string(project("docs/capabilities.md")).unwrap_or_default();
    assert!(
        page == manifest().page(),
        "docs/capabilities.md is stale: cargo run -p capability-table --example write-capabilities"
    );
}

#[test]
fn what_is_secret_is_declared_as_secret() {
    let public = [
        "token_keys",
        "token_keys_url",
        "token_issuer",
        "token_audience",
        "token_tenant_claim",
    ];
    for (name, variable) in manifest().variables {
        let sounds_secret = ["token", "secret", "password", "key"]
            .iter()
            .any(|word| name.contains(word));
        if sounds_secret && !public.contains(&name.as_str()) && !name.starts_with("token_") {
            assert!(variable.secret, "{name} must have secret = true");
        }
    }
}

#[test]
fn hosts_are_named_by_variables_and_without_wildcards() {
    for (name, component) in manifest().component {
        for host in &component.allowed_outbound_hosts {
            assert!(
                host.starts_with("{{ ") || host.ends_with(".spin.internal"),
                "{name} may call {host}"
            );
            assert!(!host.contains('*'), "{name} may call {host}");
        }
    }
}

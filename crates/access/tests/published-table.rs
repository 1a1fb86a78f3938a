//! The table that people read is the one that is used.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[test]
fn the_documentation_shows_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(
        page.contains(&access::table::markdown()),
        "docs/access.md is stale: `cargo run -p access --example write-table` renews it"
    );
}

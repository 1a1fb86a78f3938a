//! Where links lead: the table of `tests/attacks/links.json`, which the end-to-end tests try at the real component, too.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::path::Path;

use fetch_origins::{Origins, Refused};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    followed: Vec<String>,
    refused: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
    links: Vec<String>,
}

const CONFIGURED: &str = "https://files.vendor.example";

fn origins() -> Origins {
    Origins::new(
        "https://api.vendor.example",
        &format!("{CONFIGURED} https://api.vendor.example/"),
    )
    .unwrap()
}

#[test]
fn links_lead_where_the_configuration_says_or_nowhere() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/attacks/links.json");
    let table: Table = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let filled = |link: &str| {
        link.replace("{configured}", CONFIGURED)
            .replace("{host}", "files.vendor.example")
            .replace("{port}", "8080")
    };
    for link in &table.followed {
        let link = filled(link);
        assert!(
            origins().resolve(&link).is_ok(),
            "{link}: {:?}",
            origins().resolve(&link)
        );
    }
    for Kind { kind, links } in &table.refused {
        for link in links {
            let link = filled(link);
            assert!(origins().resolve(&link).is_err(), "{kind}: {link}");
        }
    }
}

#[test]
fn an_address_by_number_is_reached_where_it_is_configured_and_nowhere_else() {
    let origins = Origins::new("http://127.0.0.1:9100", "http://127.0.0.1:9100 http://[::1]:9100").unwrap();
    assert!(origins.resolve("/files/1").is_ok());
    // Another spelling of the same address is the same origin.
    assert!(origins.resolve("http://0x7f.1:9100/files/1").is_ok());
    assert!(origins.resolve("http://[0:0::1]:9100/").is_ok());
    for elsewhere in [
        "http://127.0.0.1/",
        "http://127.0.0.1:9101/",
        "https://127.0.0.1:9100/",
        "http://127.0.0.2:9100/",
        "http://localhost:9100/",
        "http://[::ffff:127.0.0.1]:9100/",
        "http://169.254.169.254/latest/meta-data/",
    ] {
        assert!(
            matches!(origins.resolve(elsewhere), Err(Refused::Elsewhere(_))),
            "{elsewhere}"
        );
    }
}

#[test]
fn what_is_configured_must_be_origins() {
    for text in [
        "files.vendor.example",
        "ftp://files.vendor.example",
        "https://",
        "https://files.vendor.example/path",
        "https://files.vendor.example/?",
        "https://*.vendor.example",
        "https://user@files.vendor.example",
        "file:///etc/passwd",
    ] {
        assert!(Origins::new("https://vendor.example", text).is_err(), "{text}");
        assert!(Origins::new(text, "").is_err(), "{text}");
    }
    // Nothing is configured: nothing is fetched.
    let origins = Origins::new("https://vendor.example", " ").unwrap();
    assert!(origins.resolve("/1").is_err());
}

proptest! {
    #[test]
    fn whatever_is_followed_leads_to_a_configured_host(
        link in prop_oneof![
            ".{0,60}",
            "(https?:)?[/\\\\]{0,3}[a-z0-9.@:#?%\\[\\]\\\\]{0,30}(files|api)?\\.?vendor\\.example[.:@/?#a-z0-9]{0,20}",
        ],
    ) {
        if let Ok(url) = origins().resolve(&link) {
            prop_assert!(matches!(url.host_str(), Some("files.vendor.example" | "api.vendor.example")), "{}", url);
            prop_assert_eq!(url.port_or_known_default(), Some(443));
            prop_assert!(url.username().is_empty() && url.scheme() == "https");
        }
    }
}

//! Links that third parties give: whatever is followed leads to a configured host.

#![no_main]

use std::sync::LazyLock;

use fetch_origins::Origins;
use libfuzzer_sys::fuzz_target;

static ORIGINS: LazyLock<Origins> = LazyLock::new(|| {
    let allowed = "https://files.vendor.example https://api.vendor.example";
    Origins::new("https://api.vendor.example", allowed).expect("they are origins")
});

fuzz_target!(|link: &str| {
    let _ = Origins::new(link, link);
    if let Ok(url) = ORIGINS.resolve(link) {
        // What is sent is parsed once more, by another parser.
        let uri: http::Uri = url.as_str().parse().expect("what is followed can be asked for");
        for host in [url.host_str(), uri.host()] {
            assert!(matches!(host, Some("files.vendor.example" | "api.vendor.example")), "{url}");
        }
    }
});

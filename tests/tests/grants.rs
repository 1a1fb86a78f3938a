//! What is not granted is refused: shown by what the built components import, and by a component that tries everything in
//! the place of each of them, under the grants of the committed manifest.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use dev_stack::Options;
use end_to_end::project;
use wasmparser::{Parser, Payload};

/// What a component may reach, and nothing else.
struct May {
    component: &'static str,
    /// Of `redis`, `bucket`, `vendor`, `sns`, `provider` (of identities), `keys` (the component that asks it) and `database`.
    reach: &'static [&'static str],
}

/// The table of the design. It is written a second time on purpose: a grant that is added to the manifest is added here.
const TABLE: &[May] = &[
    may("upload", &["redis", "bucket", "keys"]),
    may("intake", &["redis", "bucket", "sns", "keys"]),
    may("transfer", &["redis", "vendor", "bucket"]),
    may("callback", &["redis"]),
    may("verify", &["redis", "bucket", "vendor"]),
    may("normalize", &["redis", "bucket", "database"]),
    may("catalog", &["bucket", "database", "keys"]),
    may("redeliver", &["redis"]),
    may("erase", &["redis", "bucket", "database"]),
    may("operate", &["redis", "bucket", "database", "keys"]),
    may("token-keys", &["redis", "provider"]),
    may("web", &[]),
    may("review-adapter", &[]),
];

const fn may(component: &'static str, reach: &'static [&'static str]) -> May {
    May { component, reach }
}

/// What stands for what in a component's imports. HTTP is imported by what calls the bucket or a third party.
const IMPORTS: [(&str, &[&str]); 3] = [
    ("spin:redis/redis", &["redis"]),
    ("spin:sqlite/sqlite", &["database"]),
    ("wasi:http/client", &["bucket", "vendor", "sns", "provider", "keys"]),
];

/// The committed manifest.
fn manifest() -> toml::Table {
    toml::from_str(&std::fs::read_to_string(project().join("spin.toml")).unwrap()).unwrap()
}

/// The interfaces that a built component imports, without their versions.
fn imports(source: &str) -> Vec<String> {
    let bytes = std::fs::read(project().join(source)).unwrap_or_else(|error| panic!("{source}: {error}"));
    let (mut names, mut depth) = (Vec::new(), 0);
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                names.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    names
        .iter()
        .map(|name| name.split('@').next().unwrap().to_owned())
        .collect()
}

#[test]
fn components_import_what_the_table_grants() {
    let manifest = manifest();
    let components = manifest["component"].as_table().unwrap();
    let mut named: Vec<_> = components.keys().map(String::as_str).collect();
    named.sort_unstable();
    let mut known: Vec<_> = TABLE.iter().map(|row| row.component).collect();
    known.sort_unstable();
    assert_eq!(named, known, "each component of the manifest has a row");

    for May { component, reach } in TABLE {
        let imports = imports(components[*component]["source"].as_str().unwrap());
        for (interface, needed_for) in IMPORTS {
            if imports.iter().any(|import| import == interface) {
                assert!(
                    needed_for.iter().any(|what| reach.contains(what)),
                    "{component} imports {interface}"
                );
            }
        }
        for import in &imports {
            let known = [
                "wasi:",
                "spin:variables/",
                "spin:redis/",
                "spin:sqlite/",
                "dossier:vendor/",
            ];
            assert!(
                known.iter().any(|start| import.starts_with(start)),
                "{component} imports {import}"
            );
            let unneeded = [
                "wasi:sockets/",
                "wasi:filesystem/",
                "wasi:keyvalue/",
                "spin:llm/",
                "spin:mqtt/",
            ];
            assert!(
                !unneeded.iter().any(|start| import.starts_with(start)),
                "{component} imports {import}"
            );
        }
    }
}

/// The component that tries what it is asked to; the tests of the host have it.
fn probe() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "probe"])
        .args(["--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target)
        .current_dir(project().join("crates/spinlet/tests/guests"))
        // What is meant for the host's compiler is not meant for this one.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .unwrap();
    assert!(status.success(), "the guest must build");
    target.join("wasm32-wasip2/debug/probe.wasm")
}

/// The committed manifest with the probe in the place of every component, each at a route of its own.
fn probed() -> String {
    let mut manifest = manifest();
    let mut routes = String::new();
    let probe = probe();
    for (name, component) in manifest["component"].as_table_mut().unwrap() {
        let component = component.as_table_mut().unwrap();
        component.insert("source".into(), probe.display().to_string().into());
        component.remove("build");
        component.remove("dependencies");
        let _ = write!(
            routes,
            "[[trigger.http]]\nroute = \"/{name}/...\"\ncomponent = \"{name}\"\n"
        );
    }
    manifest.remove("trigger");
    format!("{manifest}\n{routes}")
}

/// What a component that tries is told, when it may not.
const DENIED: [&str; 4] = ["HttpRequestDenied", "InvalidAddress", "AccessDenied", "NoSuchDatabase"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spin.toml");
    std::fs::write(&path, probed()).unwrap();
    let services = Options::new(project(), folder.path().join("data"))
        .start_services()
        .await
        .unwrap();

    // Nobody is there, which is another answer than a refusal.
    let listeners = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let [topics, provider] = listeners.map(|listener| format!("http://{}", listener.local_addr().unwrap()));
    let mut options = spinlet::Options::new(&path);
    options.variables.clone_from(services.variables());
    options.variables.insert("sns_endpoint".into(), topics.clone());
    options.variables.insert("token_keys_origin".into(), provider.clone());
    options.state = folder.path().join("state");
    options.cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let application = options.start().await.unwrap();
    let origin = format!("http://{}", application.address());

    let http = reqwest::Client::new();
    let ask = async |component: &str, action: &str, query: &[(&str, &str)]| {
        let mut url = url::Url::parse(&format!("{origin}/{component}/{action}")).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        http.get(url).send().await.unwrap().text().await.unwrap()
    };
    // An answer of HTTP begins with its status, and may hold any words.
    let is_denied = |answer: &str| {
        !answer.starts_with(|first: char| first.is_ascii_digit()) && DENIED.iter().any(|word| answer.contains(word))
    };

    let redis = services.variables()["redis_address"].clone();
    let http_targets = BTreeMap::from([
        ("bucket", services.variables()["bucket_endpoint"].clone()),
        ("vendor", services.variables()["vendor_origin"].clone()),
        ("sns", topics),
        ("provider", provider),
        ("keys", "http://token-keys.spin.internal/".into()),
    ]);
    let everybodys = [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://localhost:9000/",
        "http://example.org/",
        "https://example.org/",
        "http://self/",
        "http://upload.spin.internal/",
        "http://[::1]:9000/",
    ];
    let (allowed, denied) = (Cell::new(0), Cell::new(0));
    let more = |counter: &Cell<u32>| counter.set(counter.get() + 1);
    let count = |component: &str, what: &str, may: bool, answer: &str| {
        assert_eq!(!is_denied(answer), may, "{component} and {what}: {answer}");
        more(if may { &allowed } else { &denied });
    };
    for May { component, reach } in TABLE {
        let answer = ask(component, "redis", &[("address", &redis)]).await;
        count(component, "redis", reach.contains(&"redis"), &answer);
        for (what, url) in &http_targets {
            let answer = ask(component, "http", &[("url", url)]).await;
            count(component, what, reach.contains(what), &answer);
        }
        let statement = ("statement", "SELECT 1");
        let answer = ask(component, "sqlite", &[("database", "default"), statement]).await;
        count(component, "database", reach.contains(&"database"), &answer);

        let answer = ask(component, "sqlite", &[("database", "other"), statement]).await;
        count(component, "another database", false, &answer);
        for url in everybodys {
            count(component, url, false, &ask(component, "http", &[("url", url)]).await);
        }
        let elsewhere = redis.replace("127.0.0.1", "localhost");
        count(
            component,
            &elsewhere,
            false,
            &ask(component, "redis", &[("address", &elsewhere)]).await,
        );

        // There are no files, no sockets and no environment, whatever the manifest says.
        for (action, name, value) in [
            ("file", "path", "/etc/passwd"),
            ("file", "path", "/proc/self/environ"),
            ("tcp", "address", redis.trim_start_matches("redis://")),
            ("environment", "name", "PATH"),
        ] {
            let answer = ask(component, action, &[(name, value)]).await;
            assert!(
                !answer.contains("root:") && !answer.contains("/bin") && answer != "connected",
                "{component} and {action} {value}: {answer}"
            );
            more(&denied);
        }
    }
    println!(
        "{} components: {} calls that are granted, {} that are not, all of them refused",
        TABLE.len(),
        allowed.get(),
        denied.get()
    );
    application.shutdown().await;
    services.shutdown().await;
}

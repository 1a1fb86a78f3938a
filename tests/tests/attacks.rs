//! Everything in `tests/attacks/requests.json`, against the real components: each row says what must come back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use end_to_end::wire::{Request, Response, send};
use end_to_end::{Rig, eventually, project};
use futures::{StreamExt as _, stream};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use webhook_signature::Signer;

const WRONG_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How many requests are under way at once.
const SIDE_BY_SIDE: usize = 16;

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: String,
    name: String,
    #[serde(rename = "as", default)]
    who: Option<String>,
    token: Option<Forged>,
    webhook: Option<Webhook>,
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    at: Option<String>,
    body: Option<Value>,
    /// A file whose bytes are the body.
    file: Option<String>,
    /// What is added to the body after it was signed.
    #[serde(default)]
    tamper: String,
    /// How many header fields are added.
    #[serde(default)]
    flood: usize,
    #[serde(default)]
    stall: bool,
    #[serde(default = "once")]
    times: usize,
    expect: Expectation,
}

const fn once() -> usize {
    1
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Forged {
    #[serde(default)]
    header: Map<String, Value>,
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    sign: Sign,
}

#[derive(Deserialize, Clone, Copy, Default, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Sign {
    #[default]
    Provider,
    None,
    Zeros,
    Stranger,
    PublicKey,
    Kept,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Webhook {
    key: String,
    #[serde(default)]
    age: i64,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    replace: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Expectation {
    status: OneOrSeveral,
    problem: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Option<Vec<String>>>,
    #[serde(default)]
    without: Vec<String>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum OneOrSeveral {
    One(u16),
    Several(Vec<u16>),
}

/// What the attacker knows, and what is attacked.
struct Scene {
    application: SocketAddr,
    bucket: SocketAddr,
    /// What stands in braces.
    words: BTreeMap<&'static str, String>,
    tokens: BTreeMap<&'static str, String>,
    provider: EncodingKey,
    public: Value,
    webhook_key: String,
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn address(url: &url::Url) -> SocketAddr {
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
        .parse()
        .unwrap()
}

impl Scene {
    async fn set(rig: &Rig) -> Self {
        let own = rig.announce("own.txt", "text/plain", 3).await;
        let declaration = json!({ "title": "Another's", "documents": [
            { "name": "other.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 3 }] });
        let other = rig.teacher.with_token(&rig.token("somebody-else"));
        let other = other.post("/v1/submissions", &declaration).await.json();
        let (ready, _) = rig
            .hand_in("ready.txt", "text/plain", b"The sun gives light.".to_vec())
            .await;
        let document = rig.settled(&ready).await;
        assert_eq!(document["state"], "ready", "{document:#}");
        let ready_document = document["id"].as_str().unwrap().to_owned();
        let file = rig
            .evaluator
            .get(&format!("/v1/catalog/documents/{ready_document}/files/text"))
            .await;

        let secrets = rig.stack.secrets();
        let tokens = rig.stack.tokens();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let after_origin = |link: &str| {
            let url = url::Url::parse(link).unwrap();
            format!("{}?{}", url.path(), url.query().unwrap())
        };
        let pem = std::fs::read(rig.folder().join("data/signing-key.pem")).unwrap();
        Self {
            application: address(rig.stack.application().url()),
            bucket: address(rig.stack.bucket_url()),
            words: BTreeMap::from([
                ("submission", text(&own["id"])),
                ("document", text(&own["documents"][0]["id"])),
                ("other_submission", text(&other["id"])),
                ("other_document", text(&other["documents"][0]["id"])),
                ("ready_submission", ready),
                ("ready_document", ready_document),
                ("notification_token", secrets.notification_token.clone()),
                ("teacher_token", tokens.teacher.clone()),
                ("now", now().to_string()),
                (
                    "upload",
                    after_origin(own["documents"][0]["upload"]["url"].as_str().unwrap()),
                ),
                ("file", after_origin(file.header("location").unwrap())),
            ]),
            tokens: BTreeMap::from([
                ("teacher", tokens.teacher.clone()),
                ("evaluator", tokens.evaluator.clone()),
                ("operator", tokens.operator.clone()),
            ]),
            provider: EncodingKey::from_ed_pem(&pem).unwrap(),
            public: serde_json::to_value(rig.stack.keys().public()).unwrap(),
            webhook_key: secrets.webhook_secret.clone(),
        }
    }

    /// A text with everything in braces filled in: words first, then what is made of them.
    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, value) in &self.words {
            text = text.replace(&format!("{{{word}}}"), value);
        }
        while let Some((start, end, made)) = self.next_made(&text) {
            text.replace_range(start..end, &made);
        }
        text
    }

    /// `{base64:TEXT}`, `{repeat:TEXT:TIMES}` and `{upload|OLD|NEW}`.
    fn next_made(&self, text: &str) -> Option<(usize, usize, String)> {
        let kinds = ["{base64:", "{repeat:", "{upload|", "{file|"];
        let (start, kind) = kinds.iter().filter_map(|kind| Some((text.find(kind)?, *kind))).min()?;
        let end = start + text[start..].find('}').expect("a brace is closed");
        let inner = &text[start + kind.len()..end];
        let made = match kind {
            "{base64:" => BASE64_URL_SAFE_NO_PAD.encode(inner),
            "{repeat:" => {
                let (text, times) = inner.rsplit_once(':').unwrap();
                text.repeat(times.parse().unwrap())
            }
            _ => {
                let (old, new) = inner.split_once('|').unwrap();
                let link = &self.words[&kind[1..kind.len() - 1]];
                assert!(link.contains(old), "{old} is in {link}");
                link.replacen(old, new, 1)
            }
        };
        Some((start, end + 1, made))
    }

    /// A teacher's token with some changes.
    fn forged(&self, forged: &Forged) -> String {
        let good: Vec<_> = self.tokens["teacher"].split('.').collect();
        let part = |text: &str| -> Map<String, Value> {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
        };
        let changed = |text: &str, changes: &Map<String, Value>| {
            let mut object = part(text);
            for (name, value) in changes {
                match value {
                    Value::Null => drop(object.remove(name)),
                    Value::Object(time) if time.contains_key("now") => {
                        object.insert(name.clone(), json!(now() + time["now"].as_i64().unwrap()));
                    }
                    value => drop(object.insert(name.clone(), value.clone())),
                }
            }
            BASE64_URL_SAFE_NO_PAD.encode(Value::from(object).to_string())
        };
        let signed = format!(
            "{}.{}",
            changed(good[0], &forged.header),
            changed(good[1], &forged.claims)
        );
        let with = |key: &EncodingKey| jsonwebtoken::crypto::sign(signed.as_bytes(), key, Algorithm::EdDSA).unwrap();
        let signature = match forged.sign {
            Sign::Provider => with(&self.provider),
            Sign::None => String::new(),
            Sign::Zeros => BASE64_URL_SAFE_NO_PAD.encode([0; 64]),
            Sign::Stranger => {
                // An Ed25519 key as PKCS #8 (RFC 8410, section 7).
                let mut key = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
                key.extend_from_slice(&[7; 32]);
                with(&EncodingKey::from_ed_der(&key))
            }
            Sign::PublicKey => {
                let public = self.public["keys"][0]["x"].as_str().unwrap();
                let public = BASE64_URL_SAFE_NO_PAD.decode(public).unwrap();
                let mac = Hmac::<sha2::Sha256>::new_from_slice(&public).unwrap();
                BASE64_URL_SAFE_NO_PAD.encode(mac.chain_update(&signed).finalize().into_bytes())
            }
            Sign::Kept => good[2].to_owned(),
        };
        format!("{signed}.{signature}")
    }

    fn request(&self, row: &Row) -> Request {
        let mut body = match (&row.file, &row.body) {
            (Some(file), _) => std::fs::read(project().join("tests/attacks").join(file)).unwrap(),
            (None, Some(Value::String(text))) => self.filled(text).into_bytes(),
            (None, Some(value)) => self.filled(&value.to_string()).into_bytes(),
            (None, None) => Vec::new(),
        };
        let mut headers: BTreeMap<_, _> = row
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), self.filled(value)))
            .collect();
        if let Some(who) = row.who.as_deref().filter(|who| *who != "nobody") {
            headers.insert("authorization".into(), format!("Bearer {}", self.tokens[who]));
        }
        if let Some(forged) = &row.token {
            headers.insert("authorization".into(), format!("Bearer {}", self.forged(forged)));
        }
        if let Some(webhook) = &row.webhook {
            let key = if webhook.key == "good" {
                &self.webhook_key
            } else {
                WRONG_SECRET
            };
            let id = webhook.id.clone().unwrap_or_else(|| format!("msg_{}", row.name.len()));
            let sent = now() - webhook.age;
            let signature = key.parse::<Signer>().unwrap().sign(&id, sent, &body);
            headers.insert("webhook-id".into(), id);
            headers.insert("webhook-timestamp".into(), sent.to_string());
            headers.insert("webhook-signature".into(), signature);
            for (name, value) in &webhook.replace {
                headers.insert(name.clone(), self.filled(value));
            }
            for name in &webhook.remove {
                headers.remove(name);
            }
        }
        body.extend_from_slice(row.tamper.as_bytes());
        let mut headers: Vec<_> = headers.into_iter().collect();
        headers.extend((0..row.flood).map(|number| (format!("x-flood-{number}"), "x".into())));
        Request {
            method: row.method.clone(),
            target: self.filled(&row.path),
            headers,
            body,
            stall: row.stall,
        }
    }

    /// Sends a row and says what was wrong with the answer.
    async fn attack(&self, row: &Row) -> Outcome {
        let request = self.request(row);
        let to = if row.at.as_deref() == Some("bucket") {
            self.bucket
        } else {
            self.application
        };
        let mut outcome = Outcome::default();
        for _ in 0..row.times {
            match send(to, &request).await {
                Err(error) => outcome.faults.push(format!("no answer: {error}")),
                Ok(response) => {
                    outcome.statuses.push(response.status);
                    outcome.faults.extend(self.faults(row, &response));
                }
            }
        }
        outcome
    }

    fn faults(&self, row: &Row, response: &Response) -> Vec<String> {
        let mut faults = Vec::new();
        let body = String::from_utf8_lossy(&response.body);
        let expected = match &row.expect.status {
            OneOrSeveral::One(status) => vec![*status],
            OneOrSeveral::Several(statuses) => statuses.clone(),
        };
        if !expected.contains(&response.status) {
            let shown: String = body.chars().take(300).collect();
            faults.push(format!("{} instead of {expected:?}: {shown}", response.status));
        }
        let details: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let problem = details["type"].as_str().and_then(|uri| uri.rsplit('/').next());
        if let Some(expected) = &row.expect.problem
            && problem != Some(expected)
        {
            faults.push(format!("the problem {problem:?} instead of {expected}"));
        }
        for (name, expected) in &row.expect.headers {
            let found: Vec<_> = response.header(name).collect();
            let is_right = match expected {
                None => found.is_empty(),
                Some(values) => {
                    found.len() == 1 && values.iter().any(|value| found[0].split(';').next() == Some(value))
                }
            };
            if !is_right {
                faults.push(format!("{name}: {found:?} instead of {expected:?}"));
            }
        }
        for text in &row.expect.without {
            let text = self.filled(text);
            if body.contains(&text) {
                faults.push(format!("the answer contains {text}"));
            }
        }
        faults
    }
}

#[derive(Default)]
struct Outcome {
    statuses: Vec<u16>,
    faults: Vec<String>,
}

/// What the host and the components write down.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().filter(|line| is_wanted(line)).cloned().collect()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Words(String);
        impl tracing::field::Visit for Words {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                let _ = write!(self.0, " {}={value:?}", field.name());
            }
            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                let _ = write!(self.0, " {}={value}", field.name());
            }
        }
        let metadata = event.metadata();
        if metadata.target().starts_with("spinlet") {
            let mut words = Words(format!("{} {}", metadata.level(), metadata.target()));
            event.record(&mut words);
            self.0.lock().unwrap().push(words.0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_gets_the_answer_that_it_must_get() {
    let log = Log::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log.clone())).unwrap();
    let rig = Rig::start().await;
    let scene = Scene::set(&rig).await;
    let rows: Vec<Row> =
        serde_json::from_slice(&std::fs::read(project().join("tests/attacks/requests.json")).unwrap()).unwrap();

    // Those that are sent several times, and those of one kind that build on each other, keep their order.
    let mut kinds: Vec<Vec<&Row>> = Vec::new();
    for row in &rows {
        let in_order = row.kind == "replays" || row.kind == "forged callbacks";
        match kinds.last_mut() {
            Some(last) if in_order && matches!(last[0].kind.as_str(), "replays" | "forged callbacks") => last.push(row),
            _ => kinds.push(vec![row]),
        }
    }
    let results: Vec<(&Row, Outcome)> = stream::iter(kinds)
        .map(async |rows| {
            let mut results = Vec::new();
            for row in rows {
                results.push((row, scene.attack(row).await));
            }
            results
        })
        .buffered(SIDE_BY_SIDE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .flatten()
        .collect();

    let mut table: BTreeMap<&str, BTreeMap<u16, usize>> = BTreeMap::new();
    let mut faults = Vec::new();
    for (row, outcome) in &results {
        for status in &outcome.statuses {
            *table.entry(&row.kind).or_default().entry(*status).or_default() += 1;
        }
        faults.extend(
            outcome
                .faults
                .iter()
                .map(|fault| format!("{}, {}: {fault}", row.kind, row.name)),
        );
    }
    for (kind, statuses) in &table {
        let statuses: Vec<_> = statuses
            .iter()
            .map(|(status, count)| format!("{count} × {status}"))
            .collect();
        println!("{kind:32} {}", statuses.join(", "));
    }
    let sent: usize = table.values().flat_map(BTreeMap::values).sum();

    // Nothing has changed: honest callers are served, and nobody else's documents have moved.
    let own = rig
        .teacher
        .get(&format!("/v1/submissions/{}", scene.words["submission"]))
        .await;
    assert_eq!(own.json()["documents"][0]["state"], "awaiting-upload");
    let ready = rig.normalized(&scene.words["ready_document"]).await;
    assert_eq!(ready.status, 200);
    eventually("everything is quiet", async || {
        rig.operator.get("/v1/queues").await.status.is_success().then_some(())
    })
    .await;

    let secrets = rig.stack.secrets();
    let secret = [
        &*secrets.webhook_secret,
        &*secrets.notification_token,
        &*secrets.vendor_token,
        &*secrets.bucket_secret_key,
        "X-Amz-Signature",
        &scene.tokens["teacher"],
        "v1,",
    ]
    .map(ToOwned::to_owned);
    let panics = log.lines(|line| line.contains("panicked at"));
    let traps = log.lines(|line| line.starts_with("ERROR"));
    let leaks = log.lines(|line| secret.iter().any(|secret| line.contains(secret.as_str())));
    println!(
        "{sent} requests of {} rows: {} wrong answers, {} panics, {} traps, {} leaks into the log",
        rows.len(),
        faults.len(),
        panics.len(),
        traps.len(),
        leaks.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(panics.is_empty() && traps.is_empty(), "{panics:#?}\n{traps:#?}");
    assert!(leaks.is_empty(), "{leaks:#?}");
    rig.end().await;
}

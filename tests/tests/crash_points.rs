//! The host dies before and after every effect that every component has on the outside, one document for each, and each
//! document ends well.
//!
//! An undisturbed document says which effects there are; the host counts them (`crates/spinlet`, `Effects`). Then one
//! document for each effect and each side of it is handed in to a host that crashes there. A supervisor starts it again, as
//! a platform would; the teacher's client, the bucket and the review service try again, as they do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use api::submissions::State;
use chaos::checks;
use chaos::cluster::{Cluster, Settings};
use chaos::teacher::{hand_in, persist};
use dev_stack::client::Client;
use end_to_end::project;
use futures::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

const PLAN: &str = "Photosynthesis is how plants makes sugar out of light.\n";

/// How many documents are on their way side by side, each through services of its own. Most of the time they wait for a
/// lease to run out.
const LANES: usize = 8;

/// The components on a document's way: from the teacher's announcement until an evaluator reads it.
const COMPONENTS: [&str; 8] = [
    "upload",
    "intake",
    "transfer",
    "redeliver",
    "callback",
    "verify",
    "normalize",
    "catalog",
];

/// What a crash by an abort ends with.
const SIGABRT: i32 = 6;

/// One effect, as the host traces it.
#[derive(Debug, Clone, Deserialize)]
struct Effect {
    #[serde(rename = "effect")]
    number: u64,
    component: String,
    kind: String,
    what: String,
}

/// Where a host is to crash.
#[derive(Debug, Clone)]
struct Point {
    component: &'static str,
    side: &'static str,
    /// The number among the component's effects, from 1.
    number: usize,
    what: String,
}

impl Point {
    fn name(&self) -> String {
        format!(
            "{} effect {} of {}: {}",
            self.side, self.number, self.component, self.what
        )
    }
}

/// Services of their own, and what an undisturbed document becomes.
struct Lane {
    cluster: Cluster,
    text: PathBuf,
    evaluator: Client,
}

impl Lane {
    async fn open() -> Result<Self> {
        let mut settings = Settings::new(project(), env!("CARGO_BIN_EXE_spinlet-host"));
        settings.variables.insert("lease_seconds".to_owned(), "2".to_owned());
        let cluster = Cluster::start(settings).await?;
        // One failed attempt, so that redelivery is on the way of every document.
        cluster
            .behave(&json!({ "rules": [{ "do": "internal-error", "times": 1 }] }))
            .await?;
        let text = cluster.file("plan.txt");
        std::fs::write(&text, PLAN)?;
        let services = &cluster.services;
        let evaluator = Client::new(services.application_url(), &services.tokens().evaluator);
        let lane = Self {
            cluster,
            text,
            evaluator,
        };
        // From now on Redis knows the scripts, so that every document has the same effects.
        lane.journey("before-the-first.txt", Vec::new()).await?;
        Ok(lane)
    }

    /// A document's way, on a host whose first process was given more arguments.
    async fn journey(&self, name: &str, at_first: Vec<OsString>) -> Result<Journey> {
        self.cluster.forget_rows()?;
        let mut options = self.cluster.host("host");
        options.listen = self.cluster.application_address()?;
        options.at_first = at_first;
        let host = options.start().await?;
        let handed_in = hand_in(&self.cluster.teacher, name, &self.text).await?;
        let document = &handed_in.document;
        let settled = async || {
            let history = self.cluster.history(document).await?;
            Ok(matches!(history.state, State::Ready | State::Failed).then_some(history))
        };
        let history = self.cluster.eventually("the document ends", settled).await?;
        ensure!(history.state == State::Ready, "it failed: {history:#?}");
        let id = document.parse().context("the document's id is one")?;
        let read = persist(async || self.evaluator.normalized(id).await).await?;
        let normalized = serde_json::from_slice(&read)?;
        let wrong = checks::walk(&history.history);
        ensure!(wrong.is_empty(), "{wrong:?}: {history:#?}");
        self.check_keys(document).await?;
        self.check_rows(document, &normalized)?;
        let crashed = host.ends().iter().any(|end| end.signal() == Some(SIGABRT));
        host.shutdown().await;
        Ok(Journey { normalized, crashed })
    }

    async fn check_keys(&self, document: &str) -> Result<()> {
        let log = self.cluster.review_log().await?;
        let keys = checks::keys(&log).remove(document).unwrap_or_default();
        ensure!(
            keys == BTreeSet::from([document]),
            "the third party saw the keys {keys:?}"
        );
        Ok(())
    }

    fn check_rows(&self, document: &String, normalized: &Value) -> Result<()> {
        let rows = self.cluster.rows()?;
        let documents: Vec<_> = rows.keys().collect();
        ensure!(documents == [document], "the database holds {documents:?}");
        ensure!(rows[document].count == 1, "there are {} rows", rows[document].count);
        ensure!(
            rows[document].body == *normalized,
            "the evaluator sees another document"
        );
        Ok(())
    }

    /// The effects of each component on the way of an undisturbed document.
    async fn learn(&self) -> Result<(Vec<Point>, Value)> {
        let trace = self.cluster.file("undisturbed.jsonl");
        let journey = self
            .journey("undisturbed.txt", vec!["--trace-effects".into(), trace.clone().into()])
            .await?;
        let effects = read_trace(&trace)?;
        let mut points = Vec::new();
        for component in COMPONENTS {
            let of_it = effects.iter().filter(|effect| effect.component == component);
            for (index, effect) in of_it.enumerate() {
                points.extend(["before", "after"].map(|side| Point {
                    component,
                    side,
                    number: index + 1,
                    what: format!("{} {}", effect.kind, effect.what),
                }));
            }
        }
        Ok((points, checks::comparable(&journey.normalized)))
    }

    /// Whether the host crashed at the point. A document that had fewer effects than the one before never came to it.
    async fn crash(&self, point: &Point, undisturbed: &Value) -> Result<bool> {
        let file = format!("{}-{}-{}", point.component, point.side, point.number);
        let trace = self.cluster.file(&format!("{file}.jsonl"));
        let at_first = vec![
            "--effects-of".into(),
            point.component.into(),
            "--crash".into(),
            format!("{}:{}", point.side, point.number).into(),
            "--trace-effects".into(),
            trace.clone().into(),
        ];
        let journey = self.journey(&format!("{file}.txt"), at_first).await?;
        ensure!(
            checks::comparable(&journey.normalized) == *undisturbed,
            "it became another document: {:#}",
            journey.normalized
        );
        let last = read_trace(&trace)?.last().map_or(0, |effect| effect.number);
        ensure!(
            journey.crashed || last < point.number as u64,
            "the host did not crash at effect {} of {last}",
            point.number
        );
        Ok(journey.crashed)
    }
}

/// A document's way, once it is over.
struct Journey {
    normalized: Value,
    crashed: bool,
}

fn read_trace(path: &Path) -> Result<Vec<Effect>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // The component has had no effect yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_survives_a_crash_before_and_after_every_effect() -> Result<()> {
    let begun = Instant::now();
    let first = Lane::open().await?;
    let (points, undisturbed) = first.learn().await?;
    for component in COMPONENTS {
        ensure!(
            points.iter().any(|point| point.component == component),
            "{component} has no effect on a document's way"
        );
    }
    eprintln!("{} points", points.len());

    let waiting = Mutex::new(VecDeque::from(points.clone()));
    let next = || waiting.lock().ok()?.pop_front();
    let mut lanes = vec![first];
    for lane in join_all((1..LANES).map(|_| Lane::open())).await {
        lanes.push(lane?);
    }
    let running = lanes.iter().map(async |lane| {
        let mut outcomes = Vec::new();
        while let Some(point) = next() {
            outcomes.push((point.clone(), lane.crash(&point, &undisturbed).await));
        }
        outcomes
    });
    let outcomes: Vec<_> = join_all(running).await.into_iter().flatten().collect();

    let mut crashes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for (point, outcome) in &outcomes {
        match outcome {
            Ok(true) => *crashes.entry(point.component).or_default() += 1,
            Ok(false) => eprintln!("not reached: {}", point.name()),
            Err(error) => failures.push(format!("{}: {error:#}", point.name())),
        }
    }
    eprintln!("crashes: {crashes:?}, {:.0} s", begun.elapsed().as_secs_f64());
    for lane in lanes {
        lane.cluster.shutdown().await;
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    ensure!(outcomes.len() == points.len(), "every point was tried");
    for component in COMPONENTS {
        ensure!(
            crashes.get(component) >= Some(&2),
            "{component} crashed on both sides of an effect"
        );
    }
    Ok(())
}

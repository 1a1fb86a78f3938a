//! A storm: documents are handed in while everything goes wrong, and afterwards the books are checked.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use api::operations::History;
use api::submissions::State;
use dev_stack::host::Host;
use fastrand::Rng;
use futures::future::{Either, join, join_all, select};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::checks;
use crate::cluster::{Cluster, PATIENCE, Settings};
use crate::disturbance::{self, Disturbance, Planned};
use crate::plan::{self, Plan, TEXTS};
use crate::report::Report;
use crate::teacher::{HandedIn, hand_in};

/// How many teachers are at it at once.
const TEACHERS: usize = 64;

/// How many histories are asked for at once.
const READERS: usize = 8;

/// The pause between two looks at the review service's log, which keeps the latest entries alone.
const LOG_PAUSE: Duration = Duration::from_secs(3);

/// The pause between two looks at the queues, and between two words on the progress.
const PAUSE: Duration = Duration::from_millis(500);
const PROGRESS: Duration = Duration::from_secs(5);

/// How much of a storm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// All that happens follows from it, but for the moment's chance.
    pub seed: u64,
    /// How many documents are handed in.
    pub documents: usize,
    /// For how long things go wrong. The documents are handed in within that time.
    pub length: Duration,
    /// How many hosts there are.
    pub hosts: usize,
}

/// What came of a storm.
#[derive(Debug)]
pub struct Aftermath {
    /// The figures.
    pub report: Report,
    /// Where the logs and the data are, if something was wrong.
    pub kept: Option<PathBuf>,
}

/// A document that was handed in, and how it went.
struct Document {
    plan: Plan,
    handed_in: HandedIn,
    history: History,
}

/// Lets a storm rage, and checks what it left. `tell` is given a line on the progress now and then. An error means that the
/// storm could not go on to its end.
pub async fn rage(settings: Settings, storm: Storm, tell: impl Fn(&str)) -> Result<Aftermath> {
    let mut cluster = Cluster::start(settings).await?;
    let raged = rage_over(&mut cluster, storm, &tell).await;
    if let Ok(report) = &raged
        && report.is_well()
    {
        cluster.shutdown().await;
        return raged.map(|report| Aftermath { report, kept: None });
    }
    let folder = cluster.shutdown_and_keep().await;
    match raged {
        Ok(report) => Ok(Aftermath {
            report,
            kept: Some(folder),
        }),
        Err(error) => Err(error.context(format!("the logs are in {}", folder.display()))),
    }
}

async fn rage_over(cluster: &mut Cluster, storm: Storm, tell: &impl Fn(&str)) -> Result<Report> {
    let mut rng = Rng::with_seed(storm.seed);
    let plans = plan::plan(&mut rng.fork(), storm.documents, storm.length.mul_f64(0.9));
    let disturbances = disturbance::plan(&mut rng.fork(), storm.length, storm.hosts);
    for (index, text) in TEXTS.iter().enumerate() {
        tokio::fs::write(text_file(cluster, index), text).await?;
    }
    cluster.start_hosts(storm.hosts).await?;
    let cluster = &*cluster;
    let undisturbed = undisturbed(cluster).await?;
    cluster.behave(&plan::rules()).await?;

    let mut report = Report {
        seed: storm.seed,
        ..Report::default()
    };
    let log = ReviewLog::default();
    let begun = Instant::now();
    let raging = async {
        let handed_in = Cell::new(0);
        let handing_in = hand_in_all(cluster, &plans, begun, &handed_in);
        let disturbing = disturb(cluster, &disturbances, begun);
        let (documents, disturbances) = with_progress(join(handing_in, disturbing), || {
            tell(&format!(
                "{:>4.0} s: {} of {} documents handed in, hosts started {} times",
                begun.elapsed().as_secs_f64(),
                handed_in.get(),
                plans.len(),
                cluster.hosts().iter().map(Host::starts).sum::<u32>(),
            ));
        })
        .await;
        tell("the storm is over");
        Ok((settle(cluster, documents?, tell).await?, disturbances))
    };
    let (mut documents, disturbances) = log.kept_while(cluster, raging).await?;
    report.duration = begun.elapsed();
    log.keep(cluster).await?;

    count(cluster, &documents, &disturbances, &mut report);
    check_ends(&documents, &mut report);
    redrive(cluster, &mut documents, &mut report).await?;
    log.keep(cluster).await?;
    check_requests(&documents, &log.entries.borrow(), &mut report);
    check_ways(&documents, &mut report);
    check_queues(cluster, &mut report).await?;
    check_rows(cluster, &documents, &undisturbed, &mut report)?;
    Ok(report)
}

fn text_file(cluster: &Cluster, text: usize) -> PathBuf {
    cluster.file(&format!("text-{text}.txt"))
}

/// What each text becomes when nothing goes wrong.
async fn undisturbed(cluster: &Cluster) -> Result<Vec<Value>> {
    let mut documents = Vec::new();
    for text in 0..TEXTS.len() {
        let name = format!("undisturbed-{text}.txt");
        documents.push(hand_in(&cluster.teacher, &name, &text_file(cluster, text)).await?);
    }
    for document in &documents {
        let what = "a document becomes ready before the storm";
        let ready = async || {
            let history = cluster.history(&document.document).await?;
            Ok((history.state == State::Ready).then_some(()))
        };
        cluster.eventually(what, ready).await?;
    }
    let rows = cluster.rows()?;
    documents
        .iter()
        .map(|document| {
            let row = rows
                .get(&document.document)
                .context("an undisturbed document has no row")?;
            Ok(checks::comparable(&row.body))
        })
        .collect()
}

async fn hand_in_all(
    cluster: &Cluster,
    plans: &[Plan],
    begun: Instant,
    handed_in: &Cell<usize>,
) -> Result<Vec<(Plan, HandedIn)>> {
    let handing_in = plans.iter().map(|plan| async move {
        tokio::time::sleep_until((begun + plan.at).into()).await;
        let done = hand_in(&cluster.teacher, &plan.name(), &text_file(cluster, plan.text)).await?;
        handed_in.set(handed_in.get() + 1);
        Ok((*plan, done))
    });
    stream::iter(handing_in).buffer_unordered(TEACHERS).try_collect().await
}

/// Everything that goes wrong, in its time; which of it came about.
async fn disturb(cluster: &Cluster, planned: &[Planned], begun: Instant) -> Vec<Disturbance> {
    let causing = planned.iter().map(|planned| async move {
        tokio::time::sleep_until((begun + planned.at).into()).await;
        cause(cluster, planned.what).await.then_some(planned.what)
    });
    join_all(causing).await.into_iter().flatten().collect()
}

/// Lets something go wrong, and puts it right where it does not right itself. What is not there at the moment cannot be
/// killed.
async fn cause(cluster: &Cluster, what: Disturbance) -> bool {
    let (redis, bucket) = (cluster.services.redis(), cluster.services.bucket());
    match what {
        Disturbance::KillHost(index) => cluster.hosts().get(index).is_some_and(Host::kill),
        Disturbance::KillRedis => redis.kill().is_ok(),
        Disturbance::FreezeRedis(length) => {
            let frozen = redis.freeze().is_ok();
            tokio::time::sleep(length).await;
            // It may have been killed meanwhile.
            let _ = redis.thaw();
            frozen
        }
        Disturbance::CloseBucket(length) => {
            bucket.set_unavailable(true);
            tokio::time::sleep(length).await;
            bucket.set_unavailable(false);
            true
        }
    }
}

/// Does some work, and calls out now and then.
async fn with_progress<T>(work: impl Future<Output = T>, mut tell: impl FnMut()) -> T {
    let mut work = pin!(work);
    loop {
        match select(work.as_mut(), pin!(tokio::time::sleep(PROGRESS))).await {
            Either::Left((done, _)) => return done,
            Either::Right(_) => tell(),
        }
    }
}

/// Waits until every document has come to an end, or nothing has moved for so long that it is stuck. Gives all of them.
async fn settle(cluster: &Cluster, documents: Vec<(Plan, HandedIn)>, tell: &impl Fn(&str)) -> Result<Vec<Document>> {
    let mut open = documents;
    let mut settled = Vec::new();
    let mut moved = Instant::now();
    let mut told = Instant::now();
    loop {
        let asked: Vec<_> = stream::iter(open)
            .map(async |(plan, handed_in): (Plan, HandedIn)| {
                let what = format!("the history of {}", plan.name());
                let history = cluster.eventually(&what, async || cluster.history(&handed_in.document).await.map(Some));
                anyhow::Ok(Document {
                    history: history.await?,
                    plan,
                    handed_in,
                })
            })
            .buffer_unordered(READERS)
            .try_collect()
            .await?;
        let is_over = |document: &Document| matches!(document.history.state, State::Ready | State::Failed);
        let before = settled.len();
        let (over, still_open): (Vec<_>, Vec<_>) = asked.into_iter().partition(is_over);
        settled.extend(over);
        if settled.len() > before {
            moved = Instant::now();
        }
        if still_open.is_empty() || moved.elapsed() > PATIENCE {
            settled.extend(still_open);
            settled.sort_by_key(|document| document.plan.index);
            return Ok(settled);
        }
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            tell(&format!("{} documents are on their way", still_open.len()));
        }
        open = still_open
            .into_iter()
            .map(|document| (document.plan, document.handed_in))
            .collect();
        tokio::time::sleep(PAUSE).await;
    }
}

/// The review service's log, collected, because the service keeps the latest entries alone.
#[derive(Default)]
struct ReviewLog {
    entries: RefCell<Vec<Value>>,
}

impl ReviewLog {
    /// Collects while something is going on.
    async fn kept_while<T>(&self, cluster: &Cluster, work: impl Future<Output = Result<T>>) -> Result<T> {
        let keeping = async {
            loop {
                self.keep(cluster).await?;
                tokio::time::sleep(LOG_PAUSE).await;
            }
        };
        match select(pin!(work), pin!(keeping)).await {
            Either::Left((done, _)) => done,
            Either::Right((failed, _)) => failed,
        }
    }

    /// Collects what is new.
    async fn keep(&self, cluster: &Cluster) -> Result<()> {
        let latest = cluster.review_log().await?;
        let mut entries = self.entries.borrow_mut();
        let new = match entries.last() {
            None => 0,
            Some(last) => match latest.iter().rposition(|entry| entry == last) {
                Some(at) => at + 1,
                None => bail!("the review service's log has overflowed: hand in fewer documents at a time"),
            },
        };
        entries.extend(latest.into_iter().skip(new));
        Ok(())
    }
}

fn count(cluster: &Cluster, documents: &[Document], disturbances: &[Disturbance], report: &mut Report) {
    let often = |of_this_kind: fn(&Disturbance) -> bool| disturbances.iter().filter(|what| of_this_kind(what)).count();
    report.host_kills = often(|what| matches!(what, Disturbance::KillHost(_)));
    report.redis_kills = often(|what| matches!(what, Disturbance::KillRedis));
    report.redis_freezes = often(|what| matches!(what, Disturbance::FreezeRedis(_)));
    report.bucket_closures = often(|what| matches!(what, Disturbance::CloseBucket(_)));
    let starts: usize = cluster.hosts().iter().map(|host| host.starts() as usize).sum();
    report.host_restarts = starts - cluster.hosts().len();
    report.documents = documents.len();
    for document in documents {
        let received = document
            .history
            .history
            .iter()
            .filter(|event| event.event == "received");
        report.receives += received.count();
    }
}

fn check_ends(documents: &[Document], report: &mut Report) {
    for document in documents {
        let (name, history) = (document.plan.name(), &document.history);
        if let Some(wrong) = checks::end(history) {
            let last = history
                .history
                .last()
                .map(|event| event.event.clone())
                .unwrap_or_default();
            report
                .lost
                .push(format!("{name}: {wrong}; the last that happened is {last}"));
        }
        match &history.failure {
            _ if history.state == State::Ready => {
                report.ready += 1;
                if document.plan.treatment.fails {
                    report
                        .wrong
                        .push(format!("{name} is ready, although what came back is not correct"));
                }
            }
            Some(failure) => *report.failed.entry(failure.code.clone()).or_default() += 1,
            None => {}
        }
    }
}

/// An operator sets the dead letters on their way again, now that the review service behaves. What the third party's answer
/// itself has made fail stays that way.
async fn redrive(cluster: &Cluster, documents: &mut Vec<Document>, report: &mut Report) -> Result<()> {
    cluster.behave(&json!({ "rules": [] })).await?;
    let (failed, rest): (Vec<_>, Vec<_>) = std::mem::take(documents)
        .into_iter()
        .partition(|document| document.history.state == State::Failed);
    *documents = rest;
    let mut again = Vec::new();
    for document in failed {
        let dead_letter = document
            .history
            .history
            .iter()
            .rfind(|event| event.event == "dead-lettered");
        let queue = dead_letter
            .and_then(|event| event.detail.as_ref()?["queue"].as_str())
            .map(str::to_owned);
        let Some(queue) = queue else {
            report
                .wrong
                .push(format!("{} failed, and is no dead letter", document.plan.name()));
            documents.push(document);
            continue;
        };
        let id = document.handed_in.document.clone();
        let what = format!("a redrive of {}", document.plan.name());
        cluster
            .eventually(&what, async || cluster.redrive(&queue, &id).await.map(Some))
            .await?;
        again.push((document.plan, document.handed_in));
    }
    let again = settle(cluster, again, &|_: &str| {}).await?;
    for document in &again {
        let name = document.plan.name();
        if let Some(wrong) = checks::end(&document.history) {
            report.lost.push(format!("{name}: after a redrive {wrong}"));
        }
        if document.history.state == State::Ready {
            report.redriven += 1;
        } else if document.plan.treatment.redrive_helps {
            let code = document.history.failure.as_ref().map(|failure| failure.code.clone());
            report
                .wrong
                .push(format!("{name}: a redrive did not help ({})", code.unwrap_or_default()));
        }
    }
    documents.extend(again);
    Ok(())
}

/// The third party saw each document under one key.
fn check_requests(documents: &[Document], review_log: &[Value], report: &mut Report) {
    report.misbehaviour = checks::misbehaviour(review_log);
    for kind in documents
        .iter()
        .filter_map(|document| document.plan.treatment.silent_kind())
    {
        *report.misbehaviour.entry(kind).or_default() += 1;
    }
    let keys = checks::keys(review_log);
    for document in documents {
        let id = document.handed_in.document.as_str();
        match keys.get(id) {
            Some(keys)
                if keys
                    .iter()
                    .all(|key| checks::is_key_of(key, id, &document.history.history)) => {}
            Some(keys) => report
                .duplicated
                .push(format!("{}: it was sent as {keys:?}", document.plan.name())),
            None if document.history.state == State::Ready => {
                report
                    .wrong
                    .push(format!("{} is ready, and was never sent", document.plan.name()));
            }
            None => {}
        }
    }
}

fn check_ways(documents: &[Document], report: &mut Report) {
    for document in documents {
        let wrong = checks::walk(&document.history.history);
        let wrong = wrong.iter().map(|wrong| format!("{}: {wrong}", document.plan.name()));
        report.duplicated.extend(wrong);
    }
}

/// Nothing is left in a queue.
async fn check_queues(cluster: &Cluster, report: &mut Report) -> Result<()> {
    let queues = cluster
        .eventually("the queues can be seen", async || cluster.queues().await.map(Some))
        .await?;
    for queue in queues.queues.iter().filter(|queue| queue.depth > 0) {
        report
            .wrong
            .push(format!("{} items are left in the queue {}", queue.depth, queue.name));
    }
    Ok(())
}

/// The database holds one row of each document that is ready, none of any other, and it is what an undisturbed run gives.
fn check_rows(cluster: &Cluster, documents: &[Document], undisturbed: &[Value], report: &mut Report) -> Result<()> {
    let rows = cluster.rows()?;
    for document in documents {
        let (name, is_ready) = (document.plan.name(), document.history.state == State::Ready);
        match rows.get(&document.handed_in.document) {
            None if is_ready => report.lost.push(format!("{name} is ready, and has no row")),
            None => {}
            Some(_) if !is_ready => report.wrong.push(format!("{name} failed, and has a row")),
            Some(row) if row.count != 1 => report.duplicated.push(format!("{name} has {} rows", row.count)),
            Some(row) => {
                let expected = undisturbed
                    .get(document.plan.text)
                    .ok_or_else(|| anyhow!("no such text"))?;
                if checks::comparable(&row.body) != *expected {
                    report
                        .lost
                        .push(format!("{name} is not what an undisturbed run gives: {}", row.body));
                }
            }
        }
    }
    Ok(())
}

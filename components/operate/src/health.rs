//! Whether all is well, for platforms that probe.
//!
//! A probe also rings the bell of every queue in which something is due: if the application was down when an alarm went
//! off, the next probe repairs it.

use std::time::Duration;

use api::Problem;
use api::operations::{Health, HealthCheck, HealthStatus};
use bytes::Bytes;
use catalog_database::Database;
use event_log::Event;
use futures::future::{join, join_all};
use http::StatusCode;
use jiff::Timestamp;
use ledger::QueueStats;
use spin_edge::{Reply, json};
use spin_ledger::Client;
use spin_outbound::Limits;

/// Something that is due for longer than this should have been taken by a worker.
const OVERDUE: Duration = Duration::from_mins(1);

/// How Redis has to be set up so that nothing is lost, and alarms go off.
const SETTINGS: [(&str, &str); 3] = [
    ("appendonly", "yes"),
    ("maxmemory-policy", "noeviction"),
    ("notify-keyspace-events", "Ex"),
];

/// The component answers, so it lives.
pub(crate) fn live() -> Result<Reply, Problem> {
    json(StatusCode::OK, &Health::of(Vec::new()))
}

/// Everything that the application stands on.
pub(crate) async fn ready() -> Result<Reply, Problem> {
    let (mut checks, (bucket, database)) = join(ledger_checks(), join(bucket_check(), database_check())).await;
    checks.extend([bucket, database]);
    let health = Health::of(checks);
    let status = match health.status {
        HealthStatus::Pass | HealthStatus::Warn => StatusCode::OK,
        HealthStatus::Fail => StatusCode::SERVICE_UNAVAILABLE,
    };
    json(status, &health)
}

async fn ledger_checks() -> Vec<HealthCheck> {
    let asked = async {
        let client = Client::open().await.map_err(|error| error.to_string())?;
        client.command("PING", &[]).await.map_err(|error| error.to_string())?;
        Ok::<_, String>(client)
    };
    let client = match asked.await {
        Ok(client) => client,
        Err(reason) => return vec![failed("redis", &reason)],
    };
    let queues = match crate::queues::names().await {
        Ok(queues) => queues,
        Err(problem) => return vec![failed("queues", &problem.to_string())],
    };
    let settings = join_all(SETTINGS.map(|(name, wanted)| setting(&client, name, wanted))).await;
    let rung = join_all(queues.iter().map(|queue| overdue(&client, queue))).await;
    [passed("redis")]
        .into_iter()
        .chain(settings.into_iter().flatten())
        .chain(rung)
        .collect()
}

/// A setting that is not as it should be, and what to do. A managed Redis that does not tell is taken at its word.
async fn setting(client: &Client, name: &str, wanted: &str) -> Option<HealthCheck> {
    let found = client.command("CONFIG", &["GET", name]).await.ok()?.pop()?;
    let found = String::from_utf8_lossy(&found).into_owned();
    let as_wanted = if name == "notify-keyspace-events" {
        // `A` stands for all events but those of misses and new keys; Redis writes what it was told in its own order.
        found.contains('E') && (found.contains('x') || found.contains('A'))
    } else {
        found == wanted
    };
    (!as_wanted).then(|| HealthCheck {
        name: format!("redis {name}"),
        status: HealthStatus::Warn,
        detail: Some(format!(
            "It is {found:?}. Set it: CONFIG SET {name} {wanted}, and in the configuration file."
        )),
    })
}

async fn overdue(client: &Client, queue: &str) -> HealthCheck {
    let name = format!("queue {queue}");
    let stats = client
        .run(client.ledger().queue_stats(&[queue]))
        .await
        .map(|stats| stats.into_iter().next());
    let stats = match stats {
        Ok(Some(stats)) => stats,
        Ok(None) => return passed(&name),
        Err(error) => return failed(&name, &error.to_string()),
    };
    if stats.oldest_due_age.is_some()
        && let Err(error) = client.run(client.ledger().ring(queue)).await
    {
        return failed(&name, &error.to_string());
    }
    what_to_look_at(&stats).map_or_else(
        || passed(&name),
        |detail| HealthCheck {
            name: name.clone(),
            status: HealthStatus::Warn,
            detail: Some(detail),
        },
    )
}

/// What somebody should look at, although the application works.
fn what_to_look_at(stats: &QueueStats) -> Option<String> {
    if let Some(paused) = &stats.paused {
        let since = spin_edge::time(paused.at).map(|at| at.to_string()).unwrap_or_default();
        return Some(format!(
            "An operator has paused it at {since}; {} items are due.",
            stats.due
        ));
    }
    if stats.circuit.is_some() {
        let due = stats.due;
        return Some(format!(
            "What it depends on is down and is probed from time to time; {due} items are due."
        ));
    }
    let age = stats.oldest_due_age.filter(|age| *age > OVERDUE)?.as_secs();
    Some(match stats.held_back {
        Some(hold) => format!(
            "Something is due for {age} s: its limit ({}) lets no more through.",
            hold.reason.as_str()
        ),
        None => format!("Something is due for {age} s, and no worker takes it."),
    })
}

async fn bucket_check() -> HealthCheck {
    let asked = async {
        let client = spin_bucket::Client::open().await.map_err(|error| error.to_string())?;
        let url = client
            .signer()
            .presign_head_bucket(&Timestamp::now(), Duration::from_mins(1));
        let request = http::Request::head(url.as_str())
            .body(Bytes::new())
            .map_err(|error| error.to_string())?;
        let answer = spin_outbound::send(request, Limits::default())
            .await
            .map_err(|error| error.to_string())?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("the bucket answered {}", answer.status()))
        }
    };
    checked("bucket", asked.await)
}

async fn database_check() -> HealthCheck {
    let asked = async { Database::open().await?.check().await };
    checked(
        "database",
        asked.await.map_err(|error: catalog_database::Error| error.to_string()),
    )
}

fn checked(name: &str, outcome: Result<(), String>) -> HealthCheck {
    outcome.map_or_else(|reason| failed(name, &reason), |()| passed(name))
}

fn passed(name: &str) -> HealthCheck {
    HealthCheck {
        name: name.to_owned(),
        status: HealthStatus::Pass,
        detail: None,
    }
}

/// The reason is for the log: the endpoint needs no token, so it names no hosts.
fn failed(name: &str, reason: &str) -> HealthCheck {
    Event::new("not-ready").code("check", name).reason(reason).write();
    HealthCheck {
        name: name.to_owned(),
        status: HealthStatus::Fail,
        detail: Some("It does not answer; the log says why.".into()),
    }
}

//! What operators do when something is wrong, through the public interface.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::time::Duration;

use end_to_end::{Rig, eventually, policy};
use reqwest::StatusCode;
use serde_json::{Value, json};

const PLAN: &[u8] = b"Photosynthesis is how plants makes sugar out of light.\n";

async fn hand_in(rig: &Rig) -> (String, String) {
    rig.hand_in("plan.txt", "text/plain", PLAN.into()).await
}

async fn queue(rig: &Rig, name: &str) -> Value {
    let queues = rig.operator.get("/v1/queues").await.json();
    let queues = queues["queues"].as_array().unwrap().clone();
    queues.into_iter().find(|queue| queue["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_a_workplace() {
    let rig = Rig::start().await;
    rig.misbehave(&json!([{ "do": "refuse" }])).await;
    let mut handed_in = Vec::new();
    for _ in 0..3 {
        handed_in.push(hand_in(&rig).await);
    }
    for (submission, _) in &handed_in {
        assert_eq!(rig.settled(submission).await["failure"]["code"], "refused");
    }

    // Found by what they have in common, page by page.
    for (query, found) in [
        ("", 3),
        ("queue=transfer", 3),
        ("reason=refused&vendor=review", 3),
        ("queue=verify", 0),
        ("reason=unreachable", 0),
        ("vendor=another", 0),
        ("until=2020-01-01T00:00:00Z", 0),
        ("since=2020-01-01T00:00:00Z", 3),
    ] {
        let page = rig.operator.get(&format!("/v1/dead-letters?{query}")).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{query}: {page:#}");
    }
    let page = rig.operator.get("/v1/dead-letters?limit=2").await.json();
    let next = page["next"].as_str().unwrap();
    let rest = rig
        .operator
        .get(&format!("/v1/dead-letters?limit=2&after={next}"))
        .await
        .json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    for query in ["queue=nowhere", "since=yesterday", "limit=0", "after=***"] {
        let answer = rig.operator.get(&format!("/v1/dead-letters?{query}")).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "invalid-parameter"),
            "{query}"
        );
    }

    // One, with everything that is known about it.
    let (submission, document) = &handed_in[0];
    let path = format!("/v1/dead-letters/transfer/{document}");
    let letter = rig.operator.get(&path).await.json();
    assert_eq!(
        letter["dead_letter"]["errors"].as_array().unwrap().len(),
        1,
        "{letter:#}"
    );
    let last = letter["history"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["event"], &last["state"]),
        (&json!("dead-lettered"), &json!("failed"))
    );

    // Thrown away, with a reason; then there is nothing to redrive.
    for wrong in [
        json!({}),
        json!({ "reason": " " }),
        json!({ "reason": "r", "why": "w" }),
    ] {
        let answer = rig.operator.post(&format!("{path}/discard"), &wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let reason = json!({ "reason": "The teacher has left." });
    assert_eq!(
        rig.operator.post(&format!("{path}/discard"), &reason).await.status,
        StatusCode::OK
    );
    assert_eq!(
        rig.operator.post(&format!("{path}/discard"), &reason).await.problem(),
        "wrong-state"
    );
    assert_eq!(
        rig.operator
            .post(&format!("{path}/redrive"), &json!({}))
            .await
            .problem(),
        "wrong-state"
    );
    assert_eq!(rig.document(submission).await["state"], "failed");

    // Redriven together, once; the public state follows at once.
    rig.misbehave(&json!([])).await;
    let filter = json!({ "queue": "transfer", "reason": "refused" });
    let redriven = rig.operator.post("/v1/dead-letters/redrive", &filter).await.json();
    assert_eq!(redriven["redriven"], 2, "{redriven:#}");
    let again = rig.operator.post("/v1/dead-letters/redrive", &filter).await.json();
    assert_eq!(again["redriven"], 0, "pressing twice is safe");
    for (submission, document) in &handed_in[1..] {
        assert_ne!(rig.document(submission).await["state"], "failed");
        assert_eq!(rig.settled(submission).await["state"], "ready");
        let history = rig
            .operator
            .get(&format!("/v1/documents/{document}/history"))
            .await
            .json();
        let events = history["history"].as_array().unwrap();
        let redriven = events.iter().find(|event| event["event"] == "redriven").unwrap();
        assert!(redriven["detail"]["by"].is_string(), "{redriven}");
    }
    rig.end().await;
}

/// What the third party returned stays wrong, so trying once more is no help; another review is.
#[tokio::test(flavor = "multi_thread")]
async fn the_third_party_can_be_asked_again() {
    let rig = Rig::with(|options, _| {
        options.variables.insert("verify_policy".into(), policy(0, None));
    })
    .await;
    rig.misbehave(&json!([{ "do": "file-wrong-hash" }])).await;
    let (submission, document) = hand_in(&rig).await;
    assert_eq!(rig.settled(&submission).await["failure"]["code"], "files-incorrect");
    rig.misbehave(&json!([])).await;

    let path = format!("/v1/dead-letters/verify/{document}/redrive");
    let answer = rig.operator.post(&path, &json!({ "ask": true })).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let redriven = rig.operator.post(&path, &json!({ "ask_again": true })).await.json();
    assert_eq!(redriven["state"], "uploaded", "{redriven:#}");
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    let log = rig.vendor_log().await;
    let keys: Vec<_> = log
        .iter()
        .filter_map(|entry| entry["idempotency_key"].as_str())
        .collect();
    assert!(keys.contains(&document.as_str()), "{keys:?}");
    assert!(keys.contains(&format!("{document}-1").as_str()), "{keys:?}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_waits_and_says_so() {
    let rig = Rig::start().await;
    let reason = json!({ "reason": "The vendor has announced maintenance." });
    let paused = rig.operator.post("/v1/queues/transfer/pause", &reason).await.json();
    assert_eq!(paused["changed"], true);
    let again = rig.operator.post("/v1/queues/transfer/pause", &reason).await.json();
    assert_eq!(again["changed"], false);
    assert_eq!(
        rig.operator.post("/v1/queues/nowhere/pause", &reason).await.status,
        StatusCode::NOT_FOUND
    );

    let (submission, _) = hand_in(&rig).await;
    eventually("the document is queued", async || {
        (queue(&rig, "transfer").await["due"] == 1).then_some(())
    })
    .await;
    let shown = queue(&rig, "transfer").await;
    assert_eq!(shown["paused"]["reason"], reason["reason"], "{shown:#}");
    let health = rig.stranger.get("/readyz").await.json();
    assert_eq!(health["status"], "warn", "{health:#}");
    assert_eq!(rig.document(&submission).await["state"], "uploaded");
    assert!(rig.vendor_log().await.is_empty());

    let resumed = rig.operator.post("/v1/queues/transfer/resume", &json!({})).await.json();
    assert_eq!(resumed["changed"], true);
    assert_eq!(rig.settled(&submission).await["state"], "ready");
    rig.end().await;
}

/// Without the breaker, each of these documents would be given up after two attempts, long before the third party is back.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_third_party_does_not_make_dead_letters() {
    let limits = json!({ "CircuitBreaker": {
        "FailureThreshold": 2, "ProbeIntervalSeconds": 1, "MaxProbeIntervalSeconds": 1
    } });
    let rig = Rig::with(|options, _| {
        options.variables.insert("transfer_policy".into(), policy(2, Some(60)));
        options.variables.insert("transfer_limits".into(), limits.to_string());
    })
    .await;
    rig.misbehave(&json!([{ "do": "internal-error" }])).await;
    let mut submissions = Vec::new();
    for _ in 0..6 {
        submissions.push(hand_in(&rig).await.0);
    }
    eventually("the breaker is open", async || {
        queue(&rig, "transfer").await.get("circuit").cloned()
    })
    .await;
    let health = rig.stranger.get("/readyz").await.json();
    assert_eq!(health["status"], "warn", "{health:#}");
    // Longer than two attempts by the policy would take.
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(queue(&rig, "transfer").await["dead"], 0);

    rig.misbehave(&json!([])).await;
    for submission in &submissions {
        let settled = rig.settled(submission).await;
        assert_eq!(settled["state"], "ready", "{settled:#}");
    }
    let closed = queue(&rig, "transfer").await;
    assert!(closed.get("circuit").is_none(), "{closed:#}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_can_be_lost_whole() {
    let rig = Rig::start().await;
    let (ready, ready_document) = hand_in(&rig).await;
    assert_eq!(rig.settled(&ready).await["state"], "ready");
    let row = rig.normalized(&ready_document).await.body;

    // One that the third party has, one that comes back with something wrong for a while, one whose file is not there yet.
    rig.misbehave(&json!([{ "do": "callback-late", "milliseconds": 1500, "times": 1 }]))
        .await;
    let (in_review, _) = hand_in(&rig).await;
    eventually("the document is in review", async || {
        (rig.document(&in_review).await["state"] == "in-review").then_some(())
    })
    .await;
    let announced = rig.announce("plan.txt", "text/plain", PLAN.len()).await;
    let announced_id = announced["id"].as_str().unwrap().to_owned();
    rig.operator
        .post(
            "/v1/queues/verify/pause",
            &json!({ "reason": "So that one waits there." }),
        )
        .await;
    let (returned, _) = hand_in(&rig).await;
    eventually("the document has come back", async || {
        (rig.document(&returned).await["state"] == "verifying").then_some(())
    })
    .await;

    let client = redis::Client::open(rig.stack.redis().url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
    let path = format!("/v1/submissions/{ready}");
    assert_eq!(rig.teacher.get(&path).await.status, StatusCode::NOT_FOUND, "it is lost");

    let mut restored = 0;
    for _ in 0..2 {
        let mut request = json!({});
        loop {
            let rebuilt = rig.operator.post("/v1/rebuild", &request).await.json();
            assert_eq!(rebuilt["troubles"], json!([]), "{rebuilt:#}");
            restored += rebuilt["restored"].as_u64().unwrap();
            match rebuilt.get("next") {
                Some(next) => request = json!({ "after": next }),
                None => break,
            }
        }
        assert_eq!(restored, 4, "the second time there is nothing left to do");
    }
    for submission in [&ready, &in_review, &returned] {
        let settled = rig.settled(submission).await;
        assert_eq!(settled["state"], "ready", "{settled:#}");
    }
    assert_eq!(
        rig.normalized(&ready_document).await.body,
        row,
        "what was ready is as it was"
    );
    assert_eq!(rig.document(&announced_id).await["state"], "awaiting-upload");
    let upload = rig.document(&announced_id).await["upload"].clone();
    assert_eq!(rig.put(&upload, PLAN.into()).await, StatusCode::OK);
    assert_eq!(rig.settled(&announced_id).await["state"], "ready");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_what_happened() {
    let rig = Rig::start().await;
    rig.misbehave(&json!([{ "do": "internal-error", "times": 1 }])).await;
    let (submission, _) = hand_in(&rig).await;
    assert_eq!(rig.settled(&submission).await["state"], "ready");
    let answer = rig.operator.get("/metrics").await;
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        r#"dossier_queue_depth{queue="transfer"} 0"#,
        r#"dossier_attempts_total{queue="transfer"} 2"#,
        r#"dossier_failures_total{queue="transfer",reason="vendor-not-ready"} 1"#,
        r#"dossier_dead_lettered_total{queue="transfer"} 0"#,
        r#"dossier_stage_duration_seconds_count{state="in-review"} 1"#,
        r#"dossier_stage_duration_seconds_bucket{le="+Inf",state="in-review"} 1"#,
        "# UNIT dossier_stage_duration_seconds seconds",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(rig.stranger.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rig.teacher.get("/metrics").await.status, StatusCode::FORBIDDEN);
    rig.end().await;
}

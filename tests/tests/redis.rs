//! Redis goes away, comes back, forgets its scripts, hangs: nothing that was acknowledged is lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::{Rig, eventually};
use reqwest::StatusCode;
use serde_json::json;

const PLAN: &[u8] = b"Photosynthesis is how plants makes sugar out of light.\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_document_in_review_survives_a_restart_of_redis() {
    let rig = Rig::start().await;
    rig.misbehave(&json!([{ "do": "callback-late", "milliseconds": 1500, "times": 1 }]))
        .await;
    let (submission, _) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    eventually("the document is in review", async || {
        (rig.document(&submission).await["state"] == "in-review").then_some(())
    })
    .await;

    let starts = rig.stack.redis().starts();
    rig.stack.redis().kill().unwrap();
    rig.stack.redis().started(starts + 1).await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_callers_are_asked_to_come_back_and_uploads_are_not_forgotten() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", PLAN.len()).await;
    let id = submission["id"].as_str().unwrap().to_owned();

    rig.stack.redis().freeze().unwrap();
    // The bytes go to the bucket, which needs nobody; its notification is answered 503 until Redis is back.
    assert_eq!(
        rig.put(&submission["documents"][0]["upload"], PLAN.into()).await,
        StatusCode::OK
    );
    let answer = rig.teacher.get(&format!("/v1/submissions/{id}")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem(), "unavailable");
    assert!(answer.header("retry-after").is_some());
    let ready = rig.stranger.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(rig.stranger.get("/healthz").await.status, StatusCode::OK);
    rig.stack.redis().thaw().unwrap();

    let settled = rig.settled(&id).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_forgets_its_scripts() {
    let rig = Rig::start().await;
    let (first, _) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    assert_eq!(rig.settled(&first).await["state"], "ready");
    let client = redis::Client::open(rig.stack.redis().url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query_async(&mut connection)
        .await
        .unwrap();
    let (second, _) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    assert_eq!(rig.settled(&second).await["state"], "ready");
    rig.end().await;
}

/// A bell that nobody heard costs time, never a document: the alarm rings again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_bell_costs_time_and_no_document() {
    let rig = Rig::start().await;
    rig.misbehave(&json!([{ "do": "callback-late", "milliseconds": 300 }]))
        .await;
    let (submission, _) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    // The application is away for the moment in which bells are rung.
    rig.stack.application().stop().await;
    rig.stack.application().resume().await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    rig.end().await;
}

/// An alarm that went off while nobody was there to hear it is what a platform's next probe repairs.
#[tokio::test(flavor = "multi_thread")]
async fn a_probe_repairs_an_alarm_that_went_off_while_the_application_was_down() {
    let rig = Rig::with(|options, _| {
        let policy = json!({ "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 1.0 });
        options.variables.insert("transfer_policy".into(), policy.to_string());
    })
    .await;
    rig.misbehave(&json!([{ "do": "internal-error", "times": 1 }])).await;
    let (submission, _) = rig.hand_in("plan.txt", "text/plain", PLAN.into()).await;
    eventually("the first attempt has failed", async || {
        (rig.document(&submission).await["attempts"] == 1).then_some(())
    })
    .await;
    rig.stack.application().stop().await;
    let client = redis::Client::open(rig.stack.redis().url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    eventually("the alarm has gone off", async || {
        let armed: bool = redis::cmd("EXISTS")
            .arg("{dossier}:alarm:transfer")
            .query_async(&mut connection.clone())
            .await
            .unwrap();
        (!armed).then_some(())
    })
    .await;
    let _: String = redis::cmd("PING").query_async(&mut connection).await.unwrap();

    rig.stack.application().resume().await;
    let resumed = std::time::Instant::now();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(
        rig.document(&submission).await["state"],
        "transferring",
        "nobody has rung"
    );
    rig.stranger.get("/readyz").await;
    let settled = rig.settled(&submission).await;
    assert_eq!(settled["state"], "ready", "{settled:#}");
    eprintln!(
        "ready {:.1} s after the application was back",
        resumed.elapsed().as_secs_f64()
    );
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_names_what_must_be_set() {
    let rig = Rig::start().await;
    let healthy = rig.stranger.get("/readyz").await.json();
    assert_eq!(healthy["status"], "pass", "{healthy:#}");
    let client = redis::Client::open(rig.stack.redis().url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("CONFIG")
        .arg(&["SET", "maxmemory-policy", "allkeys-lru"])
        .query_async(&mut connection)
        .await
        .unwrap();
    let warned = rig.stranger.get("/readyz").await.json();
    assert_eq!(warned["status"], "warn", "{warned:#}");
    assert!(
        warned.to_string().contains("CONFIG SET maxmemory-policy noeviction"),
        "{warned:#}"
    );
    rig.end().await;
}

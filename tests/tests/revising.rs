//! What a teacher changes in a submission, what a deployment limits, and uploads that nobody finishes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::time::{Duration, Instant};

use end_to_end::{Answer, Rig, eventually};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn rename(rig: &Rig, submission: &str, body: &Value) -> Answer {
    let path = format!("/v1/submissions/{submission}");
    rig.teacher
        .send(Method::PATCH, &path, &[JSON], body.to_string().into())
        .await
}

async fn withdraw(rig: &Rig, submission: &str) -> Answer {
    let path = format!("/v1/submissions/{submission}/withdrawal");
    rig.teacher.send(Method::POST, &path, &[], Vec::new()).await
}

async fn replace(rig: &Rig, submission: &str, document: &str, key: &str, body: &Value) -> Answer {
    let path = format!("/v1/submissions/{submission}/documents/{document}/replacement");
    let headers = [JSON, ("idempotency-key", key)];
    rig.teacher
        .send(Method::POST, &path, &headers, body.to_string().into())
        .await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_renamed_until_evaluators_can_read_it() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let id = text(&submission["id"]);
    let title = "Menü – 日本語 \u{200F}(final) ../";
    let renamed = rename(&rig, &id, &json!({ "title": title })).await;
    assert_eq!(
        (renamed.status, &renamed.json()["title"]),
        (StatusCode::OK, &json!(title))
    );
    for body in [
        json!({ "title": "" }),
        json!({ "title": "a\u{0}" }),
        json!({ "titel": "a" }),
        json!([]),
    ] {
        assert_eq!(
            rename(&rig, &id, &body).await.problem(),
            "invalid-declaration",
            "{body}"
        );
    }
    let stranger = rig.teacher.with_token(&rig.token("other-teacher"));
    let path = format!("/v1/submissions/{id}");
    let foreign = stranger
        .send(Method::PATCH, &path, &[JSON], br#"{"title":"t"}"#.to_vec())
        .await;
    assert_eq!(foreign.problem(), "not-found");

    rig.put(&submission["documents"][0]["upload"], b"hello".to_vec()).await;
    assert_eq!(rig.settled(&id).await["state"], "ready");
    // The new title went all the way.
    let document = text(&submission["documents"][0]["id"]);
    let catalog = rig.evaluator.get("/v1/catalog/submissions").await.json();
    let found = &catalog["items"][0];
    assert_eq!(
        (&found["title"], &found["documents"][0]["id"]),
        (&json!(title), &json!(document))
    );
    assert_eq!(
        rename(&rig, &id, &json!({ "title": "Late" })).await.problem(),
        "wrong-state"
    );
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_withdrawn_until_it_is_sent_to_review() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let id = text(&submission["id"]);
    for _ in 0..2 {
        let withdrawn = withdraw(&rig, &id).await;
        assert_eq!(withdrawn.status, StatusCode::OK);
        let document = &withdrawn.json()["documents"][0];
        assert_eq!(
            (&document["state"], &document["failure"]["code"]),
            (&json!("failed"), &json!("withdrawn"))
        );
    }
    // A link that was signed before still works at the bucket; but nobody sends what arrives to anybody.
    rig.put(&submission["documents"][0]["upload"], b"hello".to_vec()).await;
    let told = format!(
        "/v1/submissions/{id}/documents/{}/uploaded",
        text(&submission["documents"][0]["id"])
    );
    assert_eq!(rig.teacher.post(&told, &json!({})).await.json()["state"], "failed");
    assert!(rig.vendor_log().await.is_empty());
    let new = json!({ "name": "b.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 5 });
    let document = text(&submission["documents"][0]["id"]);
    assert_eq!(replace(&rig, &id, &document, "k", &new).await.problem(), "wrong-state");

    let (sent, _) = rig.hand_in("plan.txt", "text/plain", b"hello".to_vec()).await;
    rig.settled(&sent).await;
    assert_eq!(withdraw(&rig, &sent).await.problem(), "wrong-state");
    assert_eq!(rig.document(&sent).await["state"], "ready");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_was_refused_is_replaced() {
    let rig = Rig::start().await;
    let (id, refused) = rig
        .hand_in(
            "lesson.mp4.exe",
            "video/mp4",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF".to_vec(),
        )
        .await;
    let settled = rig.settled(&id).await;
    assert_eq!(settled["failure"]["code"], "not-what-it-says", "{settled:#}");
    assert_eq!(settled["received"], 14);

    let name = format!("{}../日本語\u{200F}.txt", "ü".repeat(200));
    let new = json!({ "name": name, "kind": "lesson-plan", "media_type": "text/plain", "size": 5 });
    let faulty = json!({ "name": "a\u{0}", "kind": "lesson-plan", "media_type": "text/plain", "size": 5 });
    assert_eq!(
        replace(&rig, &id, &refused, "k0", &faulty).await.json()["errors"][0]["pointer"],
        "/name"
    );
    let first = replace(&rig, &id, &refused, "k1", &new).await;
    let second = replace(&rig, &id, &refused, "k1", &new).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    let document = first.json()["documents"][0].clone();
    assert_eq!(second.json()["documents"][0]["id"], document["id"], "twice is once");
    assert_eq!(first.json()["documents"].as_array().unwrap().len(), 1);
    assert_ne!(document["id"], json!(refused));
    assert_eq!(
        (&document["name"], &document["state"]),
        (&json!(name), &json!("awaiting-upload"))
    );
    assert_eq!(
        replace(&rig, &id, &refused, "k2", &new).await.status,
        StatusCode::CONFLICT
    );
    let other = json!({ "name": "c.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 5 });
    assert_eq!(
        replace(&rig, &id, &refused, "k1", &other).await.problem(),
        "idempotency-key-reused"
    );

    // What is still said about the old file changes nothing.
    let bucket = rig.stranger.with_token(&rig.stack.secrets().notification_token);
    let key = format!("submissions/{id}/{refused}/original");
    let late = json!({ "Records": [{ "eventName": "ObjectCreated:Put", "s3": { "bucket": { "name": "dossier" }, "object": { "key": key } } }] });
    assert_eq!(
        bucket.post("/v1/notifications/bucket", &late).await.status,
        StatusCode::OK
    );
    assert_eq!(rig.document(&id).await["state"], "awaiting-upload");

    assert_eq!(rig.put(&document["upload"], b"hello".to_vec()).await, StatusCode::OK);
    let settled = rig.settled(&id).await;
    assert_eq!(
        (&settled["state"], &settled["name"]),
        (&json!("ready"), &json!(name)),
        "{settled:#}"
    );
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_a_variable() {
    let limits = r#"{"documents":1,"lesson_plan_bytes":10,"submissions_per_day":2}"#;
    let limits = ("submission_limits".to_owned(), limits.to_owned());
    let rig = Rig::with(|options, _| options.variables.extend([limits])).await;
    let document =
        |size: u64| json!({ "name": "a.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": size });
    let declare = async |documents: Value| {
        let body = json!({ "title": "T", "documents": documents });
        rig.teacher.post("/v1/submissions", &body).await
    };
    assert_eq!(
        declare(json!([document(11)])).await.json()["errors"][0]["pointer"],
        "/documents/0/size"
    );
    assert_eq!(
        declare(json!([document(1), document(1)])).await.json()["errors"][0]["pointer"],
        "/documents"
    );
    for _ in 0..2 {
        assert_eq!(declare(json!([document(10)])).await.status, StatusCode::CREATED);
    }
    let third = declare(json!([document(10)])).await;
    assert_eq!(
        (third.status, third.problem().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too-many-submissions")
    );
    assert!(third.header("retry-after").is_some());
    // Somebody else has limits of their own.
    let other = rig.teacher.with_token(&rig.token("other-teacher"));
    let body = json!({ "title": "T", "documents": [document(10)] });
    assert_eq!(other.post("/v1/submissions", &body).await.status, StatusCode::CREATED);
    rig.end().await;

    let wrong = ("submission_limits".to_owned(), r#"{"document":1}"#.to_owned());
    let rig = Rig::with(|options, _| options.variables.extend([wrong])).await;
    let answer = rig.teacher.get("/v1/submissions").await;
    assert_eq!(
        answer.problem(),
        "internal",
        "the log says what is wrong with the variable"
    );
    rig.end().await;
}

/// The time of a week is not waited for: the ledger is told that the document has been awaited for longer.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_finishes_expires() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let (id, document) = (text(&submission["id"]), text(&submission["documents"][0]["id"]));
    let client = redis::Client::open(rig.stack.redis().url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let key = format!("{{dossier}}:document:{document}");
    let since: u64 = redis::cmd("HGET")
        .arg(&key)
        .arg("since")
        .query_async(&mut connection)
        .await
        .unwrap();
    let () = redis::cmd("HSET")
        .arg(&key)
        .arg("since")
        .arg(since - 168 * 3600 * 1000)
        .query_async(&mut connection)
        .await
        .unwrap();
    let sign = format!("/v1/submissions/{id}/documents/{document}/sign");
    assert_eq!(
        rig.teacher.post(&sign, &json!({ "method": "PUT" })).await.problem(),
        "wrong-state"
    );
    let list = rig.teacher.get("/v1/submissions").await.json();
    let shown = &list["items"][0]["documents"][0];
    assert_eq!(
        (&shown["state"], &shown["failure"]["code"]),
        (&json!("failed"), &json!("upload-expired"))
    );
    let new = json!({ "name": "b.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 5 });
    let replaced = replace(&rig, &id, &document, "k", &new).await;
    assert_eq!(replaced.json()["documents"][0]["state"], "awaiting-upload");
    rig.end().await;
}

/// Who waits is told of a change when it happens, and of none when the time is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_waited_for() {
    let rig = Rig::start().await;
    let submission = rig.announce("plan.txt", "text/plain", 5).await;
    let id = text(&submission["id"]);
    let path = format!("/v1/submissions/{id}");
    let first = rig.teacher.get(&path).await;
    let tag = first.header("etag").unwrap().to_owned();
    let look = async |tag: &str, prefer: &str| {
        let headers = [("if-none-match", tag), ("prefer", prefer)];
        rig.teacher.send(Method::GET, &path, &headers, Vec::new()).await
    };

    let begun = Instant::now();
    let unchanged = look(&tag, "wait=1").await;
    assert_eq!(
        (unchanged.status, unchanged.header("preference-applied")),
        (StatusCode::NOT_MODIFIED, Some("wait=1"))
    );
    assert!(begun.elapsed() >= Duration::from_millis(900));

    // Ten wait, among them some who begin after the change.
    let waiting = futures::future::join_all((0..10).map(async |_| (look(&tag, "wait=25").await, Instant::now())));
    let change = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        rename(&rig, &id, &json!({ "title": "Another" })).await;
        Instant::now()
    };
    let (answers, changed_at) = futures::future::join(waiting, change).await;
    for (answer, heard_at) in answers {
        println!(
            "heard {:?} after the change was answered",
            heard_at.saturating_duration_since(changed_at)
        );
        assert_eq!(
            (answer.status, &answer.json()["title"]),
            (StatusCode::OK, &json!("Another"))
        );
    }
    assert!(
        changed_at.elapsed() < Duration::from_secs(20),
        "nobody waited until the end"
    );
    assert_eq!(
        look(&tag, "wait=25").await.json()["title"],
        "Another",
        "what has changed already is told at once"
    );

    // All the way to the end, without ever asking twice for the same.
    rig.put(&submission["documents"][0]["upload"], b"hello".to_vec()).await;
    let mut tag = tag;
    let mut asked = 0;
    let state = eventually("the document is ready", async || {
        asked += 1;
        let answer = look(&tag, "wait=20").await;
        tag = answer.header("etag").unwrap().to_owned();
        let state = (answer.status == StatusCode::OK).then(|| answer.json()["documents"][0]["state"].clone())?;
        matches!(state.as_str(), Some("ready" | "failed")).then_some(state)
    })
    .await;
    assert_eq!(state, "ready");
    println!("asked {asked} times");
    assert!(asked < 30, "{asked}");
    rig.end().await;
}

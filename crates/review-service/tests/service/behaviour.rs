//! Each way to misbehave, once.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, json_of, listed, roles, sha256};

async fn start(rules: Value) -> (Client, Value) {
    let client = Client::start().await;
    client.behave(rules).await;
    let request = client.short_plan();
    (client, request)
}

#[tokio::test]
async fn rules_can_be_shown_and_forgotten() {
    let (client, request) = start(json!([{ "do": "refuse", "name": "plan", "times": 3 }])).await;
    let shown = json_of(client.call(Method::GET, "/v1/behaviour").send().await.unwrap()).await;
    assert_eq!(
        shown,
        json!({ "rules": [{ "do": "refuse", "name": "plan", "times": 3 }] })
    );
    assert_eq!(client.ask("1", &request).send().await.unwrap().status(), 422);
    assert_eq!(
        client
            .call(Method::DELETE, "/v1/behaviour")
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(client.ask("1", &request).send().await.unwrap().status(), 202);
    assert_eq!(
        client.call(Method::DELETE, "/v1/log").send().await.unwrap().status(),
        204
    );
    assert!(client.log("request").await.is_empty());
}

#[tokio::test]
async fn requests_are_refused_put_off_and_failed_as_often_as_told() {
    let (mut client, request) = start(json!([
        { "do": "refuse", "times": 1 },
        { "do": "too-many-requests", "retry_after": 7, "times": 1 },
        { "do": "internal-error", "times": 1 },
    ]))
    .await;
    for (status, code) in [(422, "refused"), (429, "too-many-requests"), (500, "internal")] {
        let response = client.ask("1", &request).send().await.unwrap();
        assert_eq!(response.status(), status);
        let retry_after = response
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(retry_after.as_deref(), (status == 429).then_some("7"));
        assert_eq!(json_of(response).await["code"], code);
    }
    assert_eq!(client.review("1", &request).await["type"], "review.completed");
    let behaviours: Vec<Value> = client
        .log("request")
        .await
        .iter()
        .map(|entry| entry["behaviour"].clone())
        .collect();
    assert_eq!(
        behaviours,
        [
            json!("refuse"),
            json!("too-many-requests"),
            json!("internal-error"),
            Value::Null
        ]
    );
}

#[tokio::test]
async fn an_answer_may_be_rubbish_or_lead_elsewhere_and_a_pause_may_be_a_date() {
    let (mut client, request) = start(json!([
        { "do": "rubbish", "times": 1 },
        { "do": "redirect", "times": 1 },
        { "do": "too-many-requests", "retry_after": 90, "as_date": true, "times": 1 },
    ]))
    .await;
    client.http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let rubbish = client.ask("1", &request).send().await.unwrap();
    assert_eq!(rubbish.status(), 200);
    assert!(rubbish.text().await.unwrap().starts_with("<!doctype html>"));
    let redirect = client.ask("1", &request).send().await.unwrap();
    assert_eq!(
        (redirect.status().as_u16(), &redirect.headers()["location"]),
        (307, &"/sign-in".parse().unwrap())
    );
    let busy = client.ask("1", &request).send().await.unwrap();
    assert_eq!(busy.status(), 429);
    let date = busy.headers()["retry-after"].to_str().unwrap();
    let date = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
    assert!(date > Timestamp::now() + Duration::from_secs(30), "{date}");
    assert!(client.log("fetch").await.is_empty(), "no review was begun");
}

#[tokio::test]
async fn a_review_may_bring_rules_of_its_own() {
    let (client, mut request) = start(json!([])).await;
    request["behaviour"] = json!([{ "do": "internal-error", "times": 2 }]);
    for status in [500, 500, 202] {
        assert_eq!(client.ask("1", &request).send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_hanging_service_neither_answers_nor_takes_the_review() {
    let (client, request) = start(json!([{ "do": "hang", "milliseconds": 300 }])).await;
    let error = client.ask("1", &request).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    let entry = &client.log("request").await[0];
    assert_eq!(
        (&entry["behaviour"], &entry["status"], &entry["review"]),
        (&json!("hang"), &Value::Null, &Value::Null)
    );

    client.behave(json!([{ "do": "hang" }])).await;
    let error = client
        .ask("1", &request)
        .timeout(Duration::from_millis(300))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    // A request that hangs for minutes does not keep the service from stopping.
    let begin = Instant::now();
    client.service.shutdown().await;
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn a_late_service_takes_the_review_at_once() {
    let (mut client, request) = start(json!([{ "do": "late-answer", "times": 1 }])).await;
    let error = client
        .ask("1", &request)
        .timeout(Duration::from_millis(500))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    let callback = client.callback().await;
    assert_eq!(callback.body["type"], "review.completed");
    // The client that asks again is told the id that the callback had.
    assert_eq!(callback.body["data"]["id"], client.begin("1", &request).await);
}

#[tokio::test]
async fn a_service_that_accepts_twice_reviews_twice() {
    let (mut client, request) = start(json!([{ "do": "accept-twice" }])).await;
    let first = client.begin("1", &request).await;
    let second = client.begin("1", &request).await;
    assert_ne!(first, second);
    let (one, two) = (client.callback().await, client.callback().await);
    assert_ne!(one.webhook_id, two.webhook_id);
    assert_eq!(one.body["data"]["reference"], two.body["data"]["reference"]);
    assert_eq!(client.log("fetch").await.len(), 2);
}

#[tokio::test]
async fn the_callback_may_come_before_the_answer() {
    let (mut client, request) = start(json!([{ "do": "callback-before-answer" }])).await;
    let id = client.begin("1", &request).await;
    assert!(client.has_callback());
    assert_eq!(client.callback().await.body["data"]["id"], id);
}

#[tokio::test]
async fn the_callback_may_come_twice() {
    let (mut client, request) = start(json!([{ "do": "callback-twice" }])).await;
    client.begin("1", &request).await;
    let (one, two) = (client.callback().await, client.callback().await);
    assert_eq!((&one.webhook_id, &one.body), (&two.webhook_id, &two.body));
    assert_eq!((one.verified, two.verified), (Ok(()), Ok(())));
}

#[tokio::test]
async fn other_events_may_follow_or_precede_the_callback() {
    let (mut client, request) = start(json!([
        { "do": "callback-again", "milliseconds": 1, "name": "again" },
        { "do": "callback-out-of-order", "name": "order" },
        { "do": "callback-for-another", "name": "another" },
    ]))
    .await;
    let named = |name: &str| {
        let mut request = request.clone();
        (request["name"], request["reference"]) = (json!(name), json!(name));
        request
    };
    let mut two_of = async |name: &str| {
        client.begin(name, &named(name)).await;
        let (one, two) = (client.callback().await, client.callback().await);
        assert_ne!(one.webhook_id, two.webhook_id);
        assert_eq!((&one.verified, &two.verified), (&Ok(()), &Ok(())));
        (one.body, two.body)
    };
    let (one, two) = two_of("again").await;
    assert_eq!(one, two);

    let (one, two) = two_of("order").await;
    assert_eq!(
        (&one["type"], &two["type"]),
        (&json!("review.completed"), &json!("review.failed"))
    );
    assert_eq!(one["data"]["id"], two["data"]["id"]);
    let time = |body: &Value| body["timestamp"].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(time(&two) < time(&one));

    let (one, two) = two_of("another").await;
    assert_eq!(
        (&one["data"]["reference"], &two["data"]["reference"]),
        (&json!("again"), &json!("another"))
    );
    assert_eq!(one["data"]["id"], two["data"]["id"]);
}

#[tokio::test]
async fn the_callback_may_come_late_or_never() {
    let (mut client, request) = start(json!([
        { "do": "callback-never", "times": 1 },
        { "do": "callback-late", "milliseconds": 400 },
    ]))
    .await;
    let id = client.begin("1", &request).await;
    client.wait_for_callback_state(&id, "pending").await;
    assert!(!client.has_callback());
    assert!(client.log("callback").await.is_empty());
    // Once the silent delivery is over, asking again makes the service call back after all.
    let begin = Instant::now();
    while !client.has_callback() {
        assert!(begin.elapsed() < Duration::from_secs(60), "the callback comes");
        assert_eq!(client.begin("1", &request).await, id);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(begin.elapsed() >= Duration::from_millis(400));
    assert_eq!(client.callback().await.verified, Ok(()));
}

#[tokio::test]
async fn the_signature_may_be_wrong_or_too_old() {
    let (mut client, request) = start(json!([
        { "do": "callback-wrong-signature", "times": 1 },
        { "do": "callback-old-timestamp", "times": 1 },
    ]))
    .await;
    client.answer_callbacks(&[401, 401]);
    client.begin("1", &request).await;
    let verdicts = [
        client.callback().await.verified,
        client.callback().await.verified,
        client.callback().await.verified,
    ];
    assert_eq!(
        verdicts,
        [
            Err("signature invalid".to_owned()),
            Err("signature timestamp too old".to_owned()),
            Ok(())
        ]
    );
}

#[tokio::test]
async fn files_may_be_omitted_or_have_another_hash() {
    let (mut client, request) = start(json!([
        { "do": "file-omitted", "role": "findings" },
        { "do": "file-wrong-hash" },
    ]))
    .await;
    let callback = client.review("1", &request).await;
    assert_eq!(roles(&callback), ["text"]);
    let file = listed(&callback, "text");
    let content = client
        .http
        .get(file["url"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(file["size"], content.len());
    assert_ne!(file["sha256"], sha256(&content));
}

#[tokio::test]
async fn files_may_be_of_another_type() {
    let (mut client, request) = start(json!([{ "do": "file-wrong-type", "role": "findings" }])).await;
    let callback = client.review("1", &request).await;
    let file = listed(&callback, "findings");
    assert_eq!(file["media_type"], "application/json");
    let response = client.http.get(file["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let content = response.bytes().await.unwrap();
    assert!(content.starts_with(b"<!doctype html>"));
    assert_eq!(
        (&file["size"], &file["sha256"]),
        (&content.len().into(), &sha256(&content).into())
    );
}

#[tokio::test]
async fn files_may_be_missing_or_truncated() {
    let (mut client, request) = start(json!([
        { "do": "file-missing", "role": "text", "times": 1 },
        { "do": "file-truncated", "role": "text", "times": 1 },
    ]))
    .await;
    let callback = client.review("1", &request).await;
    let url = listed(&callback, "text")["url"].as_str().unwrap().to_owned();
    assert_eq!(client.http.get(&url).send().await.unwrap().status(), 404);
    let half = client.http.get(&url).send().await.unwrap();
    assert_eq!((half.status().as_u16(), half.content_length()), (200, Some(10)));
    assert_eq!(half.text().await.unwrap(), "A plant ne");
    assert_eq!(client.file(&callback, "text").await, b"A plant needs light.\n");
    let behaviours: Vec<Value> = client
        .log("download")
        .await
        .iter()
        .map(|entry| entry["behaviour"].clone())
        .collect();
    assert_eq!(
        behaviours,
        [json!("file-missing"), json!("file-truncated"), Value::Null]
    );
}

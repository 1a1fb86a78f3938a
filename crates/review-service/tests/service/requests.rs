//! Requests: what is accepted, what is refused and how, and what asking again does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, json_of, listed, sha256};

#[tokio::test]
async fn a_review_is_accepted_shown_and_found_again_by_its_key() {
    let mut client = Client::start().await;
    let request = client.short_plan();
    let response = client.ask("key 1", &request).send().await.unwrap();
    assert_eq!(response.status(), 202);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let accepted = json_of(response).await;
    let id = accepted["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("rev_"));
    assert_eq!(accepted["status"], "queued");
    assert_eq!(location, format!("/v1/reviews/{id}"));

    let callback = client.callback().await;
    assert_eq!(callback.verified, Ok(()));
    client.wait_for_callback_state(&id, "delivered").await;
    let shown = client.show(&id).await;
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["reference"], request["reference"]);
    assert_eq!(shown["callback"], json!({ "state": "delivered", "attempts": 1 }));
    assert_eq!(shown["files"], callback.body["data"]["files"]);
    assert_eq!(shown["completed_at"], callback.body["data"]["completed_at"]);

    // A repeated request may carry another link: that of the first may have expired.
    let mut again = request.clone();
    again["document_url"] = "http://127.0.0.1:1/other".into();
    assert_eq!(client.begin("key 1", &again).await, id);
    assert_eq!(client.log("fetch").await.len(), 1);
    assert_eq!(client.log("callback").await.len(), 1);
    let requests = client.log("request").await;
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|entry| entry["idempotency_key"] == "key 1" && entry["review"] == *id)
    );

    let mut other = request.clone();
    other["reference"] = "another".into();
    let response = client.ask("key 1", &other).send().await.unwrap();
    assert_eq!(response.status(), 422);
    assert_eq!(json_of(response).await["code"], "idempotency-key-reused");
}

#[tokio::test]
async fn repeated_requests_at_the_same_time_begin_one_review() {
    let mut client = Client::start().await;
    let request = client.short_plan();
    let ids = futures::future::join_all((0..16).map(|_| client.begin("same", &request))).await;
    assert!(ids.iter().all(|id| *id == ids[0]));
    client.callback().await;
    client.wait_for_callback_state(&ids[0], "delivered").await;
    assert!(!client.has_callback());
    assert_eq!(client.log("fetch").await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_as_problem_details() {
    let client = Client::start().await;
    let good = client.short_plan();
    let with = |member: &str, value: Value| {
        let mut request = good.clone();
        request[member] = value;
        request.to_string()
    };
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("reference");
    let cases = [
        ("{".to_owned(), 400, "invalid-json", "JSON"),
        (without.to_string(), 422, "invalid-request", "reference"),
        (with("reference", "".into()), 422, "invalid-request", "`reference`"),
        (with("size", json!(-1)), 422, "invalid-request", "-1"),
        (
            with("document_url", "ftp://example.org/x".into()),
            422,
            "invalid-request",
            "`document_url`",
        ),
        (with("callback_url", "nowhere".into()), 422, "invalid-request", "URL"),
        (with("kind", "poem".into()), 422, "invalid-request", "poem"),
        (
            with("media_type", "image/png".into()),
            422,
            "unsupported-media-type",
            "image/png",
        ),
        (
            with("kind", "classroom-video".into()),
            422,
            "unsupported-media-type",
            "text/plain",
        ),
        (with("size", json!(101 << 20)), 413, "document-too-large", "104857600"),
        (
            with("title", "x".repeat(70_000).into()),
            413,
            "document-too-large",
            "64 KiB",
        ),
        (
            with("behaviour", json!([{ "do": "explode" }])),
            422,
            "invalid-request",
            "explode",
        ),
    ];
    for (body, status, code, words) in cases {
        let response = client.ask("key", &Value::Null).body(body.clone()).send().await.unwrap();
        assert_eq!(response.status(), status, "{body:.300}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem = json_of(response).await;
        assert_eq!((&problem["status"], &problem["code"]), (&status.into(), &code.into()));
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }

    let post = |request: reqwest::RequestBuilder| async {
        let response = request.body(good.to_string()).send().await.unwrap();
        (
            response.status().as_u16(),
            json_of(response).await["code"].as_str().unwrap().to_owned(),
        )
    };
    let url = format!("http://{}/v1/reviews", client.service.address());
    let json_type = ("content-type", "application/json");
    let bare = || {
        client
            .http
            .post(&url)
            .header(json_type.0, json_type.1)
            .header("idempotency-key", "key")
    };
    assert_eq!(post(bare()).await, (401, "unauthorized".into()));
    assert_eq!(post(bare().bearer_auth("another")).await, (401, "unauthorized".into()));
    let authorized = || client.call(Method::POST, "/v1/reviews");
    let no_key = authorized().header(json_type.0, json_type.1);
    assert_eq!(post(no_key).await, (400, "missing-idempotency-key".into()));
    let no_type = authorized().header("idempotency-key", "key");
    assert_eq!(post(no_type).await, (415, "not-json".into()));
    assert_eq!(
        post(client.call(Method::PUT, "/v1/reviews")).await,
        (405, "method-not-allowed".into())
    );
    assert_eq!(
        post(client.call(Method::GET, "/v1/reviews/rev_none")).await,
        (404, "not-found".into())
    );
    assert_eq!(post(client.call(Method::GET, "/v2")).await, (404, "not-found".into()));
}

#[tokio::test]
async fn files_are_given_to_whoever_has_the_link_whole_or_in_part() {
    let mut client = Client::start().await;
    let request = client.short_plan();
    let callback = client.review("1", &request).await;
    let url = listed(&callback, "text")["url"].as_str().unwrap().to_owned();
    let fetch = |headers: &[(&str, &str)]| {
        let get = headers
            .iter()
            .fold(client.http.get(&url), |get, (name, value)| get.header(*name, *value));
        async move { get.send().await.unwrap() }
    };
    let whole = fetch(&[]).await;
    assert_eq!(whole.headers()["content-type"], "text/plain; charset=utf-8");
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let content = whole.text().await.unwrap();
    assert_eq!(content, "A plant needs light.\n");
    assert_eq!(etag, format!("\"{}\"", sha256(content.as_bytes())));

    let part = fetch(&[("range", "bytes=2-6")]).await;
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-range"]),
        (206, &"bytes 2-6/21".parse().unwrap())
    );
    assert_eq!(part.text().await.unwrap(), "plant");
    assert_eq!(fetch(&[("range", "bytes=-7")]).await.text().await.unwrap(), "light.\n");
    assert_eq!(fetch(&[("range", "bytes=21-")]).await.status(), 416);
    assert_eq!(
        fetch(&[("range", "bytes=2-6"), ("if-range", "\"x\"")]).await.status(),
        200
    );
    assert_eq!(fetch(&[("if-none-match", &etag)]).await.status(), 304);
    let head = client.http.head(&url).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &"21".parse().unwrap())
    );

    let guessed = url.replace("token=", "token=0");
    assert_eq!(
        client
            .http
            .get(&guessed)
            .bearer_auth(crate::client::TOKEN)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    let (without, _) = url.split_once('?').unwrap();
    assert_eq!(client.http.get(without).send().await.unwrap().status(), 404);
    let outside = url.replace("/files/text", "/files/..%2Freview.json");
    assert_eq!(client.http.get(&outside).send().await.unwrap().status(), 404);
}

//! Fetching and calling back when the other side has troubles of its own.

use std::collections::HashSet;
use std::net::TcpListener;

use crate::client::Client;

#[tokio::test]
async fn a_callback_is_delivered_again_until_it_is_taken() {
    let mut client = Client::start().await;
    client.answer_callbacks(&[500, 302, 503]);
    let request = client.short_plan();
    let id = client.begin("1", &request).await;
    let mut ids = HashSet::new();
    for _ in 0..4 {
        let callback = client.callback().await;
        assert_eq!(callback.verified, Ok(()));
        ids.insert(callback.webhook_id);
    }
    assert_eq!(ids.len(), 1);
    client.wait_for_callback_state(&id, "delivered").await;
    let statuses: Vec<u64> = client
        .log("callback")
        .await
        .iter()
        .map(|entry| entry["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [500, 302, 503, 204]);
}

#[tokio::test]
async fn a_client_that_wants_no_more_gets_no_more() {
    let client = Client::start().await;
    client.answer_callbacks(&[500, 410]);
    let request = client.short_plan();
    let id = client.begin("1", &request).await;
    client.wait_for_callback_state(&id, "stopped").await;
    assert_eq!(client.log("callback").await.len(), 2);
}

#[tokio::test]
async fn a_callback_that_was_given_up_is_sent_when_the_client_asks_again() {
    let mut client = Client::start().await;
    client.answer_callbacks(&[500; 4]);
    let request = client.short_plan();
    let id = client.begin("1", &request).await;
    client.wait_for_callback_state(&id, "given-up").await;
    let mut first = None;
    for _ in 0..4 {
        first = Some(client.callback().await.webhook_id);
    }
    assert_eq!(client.begin("1", &request).await, id);
    assert_eq!(Some(client.callback().await.webhook_id), first);
    client.wait_for_callback_state(&id, "delivered").await;
    assert_eq!(client.log("fetch").await.len(), 1);
}

#[tokio::test]
async fn a_document_that_could_not_be_fetched_is_fetched_when_the_client_asks_again() {
    let mut client = Client::start().await;
    let request = client.short_plan();
    let mut expired = request.clone();
    expired["document_url"] = request["document_url"]
        .as_str()
        .unwrap()
        .replace("plan.txt", "gone")
        .into();
    let id = client.begin("1", &expired).await;
    let failed = client.callback().await;
    assert_eq!(failed.body["data"]["error"]["code"], "document-unavailable");
    client.wait_for_callback_state(&id, "delivered").await;

    assert_eq!(client.begin("1", &request).await, id);
    let completed = client.callback().await;
    assert_eq!(completed.body["type"], "review.completed");
    assert_ne!(completed.webhook_id, failed.webhook_id);
    assert_eq!(client.file(&completed.body, "text").await, b"A plant needs light.\n");
}

#[tokio::test]
async fn a_document_of_another_length_than_announced_is_not_reviewed() {
    let mut client = Client::start().await;
    for (key, difference) in [("shorter", -1_i64), ("longer", 1)] {
        let mut request = client.short_plan();
        request["size"] = (request["size"].as_i64().unwrap() + difference).into();
        let callback = client.review(key, &request).await;
        assert_eq!(callback["data"]["error"]["code"], "document-mismatch");
    }
}

#[tokio::test]
async fn an_unfinished_review_and_an_undelivered_callback_survive_a_restart() {
    let mut client = Client::start().await;
    // A server that takes the connection and says nothing: the fetch is under way when the service stops.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let unfinished = client.document("unfinished.txt", "text/plain", "Water.\n");
    let mut stuck = unfinished.clone();
    stuck["document_url"] = format!("http://{}/", silent.local_addr().unwrap()).into();
    let unfinished_id = client.begin("unfinished", &stuck).await;
    client
        .behave(serde_json::json!([{ "do": "callback-never", "name": "quiet" }]))
        .await;
    let quiet = client.document("quiet.txt", "text/plain", "Light.\n");
    let quiet_id = client.begin("quiet", &quiet).await;
    client.wait_for_callback_state(&quiet_id, "pending").await;
    assert_eq!(client.show(&unfinished_id).await["status"], "reviewing");
    assert!(!client.has_callback());

    let mut client = client.restart().await;
    // The rules are forgotten. The links lead to the service as it is now, at another port.
    let callback = client.callback().await;
    assert_eq!(
        (&callback.verified, &callback.body["data"]["id"]),
        (&Ok(()), &quiet_id.as_str().into())
    );
    assert_eq!(client.file(&callback.body, "text").await, b"Light.\n");

    // A repeated request brings another link, which the next attempt to fetch takes.
    assert_eq!(client.begin("unfinished", &unfinished).await, unfinished_id);
    drop(silent);
    let callback = client.callback().await;
    assert_eq!(
        (&callback.verified, &callback.body["data"]["id"]),
        (&Ok(()), &unfinished_id.as_str().into())
    );
    assert_eq!(client.file(&callback.body, "text").await, b"Water.\n");
}

//! What goes wrong, and how it is told.

use std::time::Duration;

use bucket_server::{Error, Options};
use reqwest::StatusCode;

use crate::harness::{Harness, refused, succeed};

#[tokio::test]
async fn a_taken_port_and_a_taken_folder_are_named() {
    let harness = Harness::start().await;
    let other = tempfile::tempdir().unwrap();

    let mut options = Options::new(other.path());
    options.listen = harness.server.address();
    let error = options.start().await.unwrap_err();
    assert!(matches!(error, Error::AddressInUse(address) if address == harness.server.address()));
    assert!(
        error.to_string().contains(&harness.server.address().to_string()),
        "{error}"
    );

    let error = Options::new(harness.folder.path()).start().await.unwrap_err();
    assert!(matches!(&error, Error::DataInUse(path) if path == harness.folder.path()));

    // A folder is free again as soon as its server has shut down, and keeps what it was given.
    harness.client.put("kept", "1").await;
    let harness = harness.restart(|_| {}).await;
    assert_eq!(harness.client.get("kept").await.unwrap(), b"1");

    let mut options = Options::new(other.path());
    options.bucket = "No Bucket".to_owned();
    assert!(matches!(options.start().await.unwrap_err(), Error::BucketName(_)));
}

#[tokio::test]
async fn an_unavailable_bucket_says_so_and_recovers() {
    let harness = Harness::start().await;
    harness.client.put("before", "1").await;
    harness.server.set_unavailable(true);
    let answer = harness
        .client
        .http
        .get(harness.client.get_url("before"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["retry-after"], "1");
    let put = harness.client.http.put(harness.client.put_url("meanwhile")).body("2");
    assert_eq!(refused(put, StatusCode::SERVICE_UNAVAILABLE).await, "SlowDown");
    harness.server.set_unavailable(false);
    assert_eq!(harness.client.get("before").await.unwrap(), b"1");
    assert_eq!(harness.client.get("meanwhile").await, None);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let harness = Harness::start().await;
    let pieces = futures::stream::iter([Ok("the first half, "), Err(std::io::Error::other("the line is cut"))]);
    let put = harness
        .client
        .http
        .put(harness.client.put_url("cut"))
        .header("content-length", 32)
        .body(reqwest::Body::wrap_stream(pieces));
    assert!(put.send().await.is_err());
    harness.wait_for_files(0).await;
    assert_eq!(harness.client.get("cut").await, None);
}

#[tokio::test]
async fn uploads_that_nobody_finishes_expire() {
    let harness = Harness::start().await;
    let upload = harness.client.create_upload("unfinished").await;
    let part = harness.client.put_part("unfinished", &upload, 1, vec![1; 1000]).await;
    harness.client.put("finished", "1").await;
    harness.wait_for_files(2).await;

    let limit = Duration::from_millis(200);
    let harness = harness
        .restart(|options| options.unfinished_uploads_expire_after = Some(limit))
        .await;
    harness.wait_for_files(1).await;
    let answer = harness.client.complete("unfinished", &upload, &[part]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    succeed(harness.client.http.get(harness.client.get_url("finished"))).await;
}

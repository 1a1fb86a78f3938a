//! Uploads in parts, with `rusty-s3`, and what becomes of their files.

use reqwest::StatusCode;
use rusty_s3::actions::{ListParts, S3Action};

use crate::harness::{Harness, VALID, bytes, code, succeed};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn an_upload_is_resumed_after_a_restart_with_the_parts_that_are_missing() {
    let harness = Harness::start().await;
    let body = bytes(3, 15 * MIB + 7);
    let parts: Vec<&[u8]> = body.chunks(5 * MIB).collect();
    let upload = harness.client.create_upload("resumed").await;
    for number in [1, 3] {
        let part = parts[usize::from(number) - 1].to_vec();
        harness.client.put_part("resumed", &upload, number, part).await;
    }

    let harness = harness.restart(|_| {}).await;
    let client = &harness.client;
    let list = client.bucket.list_parts(Some(&client.credentials), "resumed", &upload);
    let listed = succeed(client.http.get(list.sign(VALID))).await.text().await.unwrap();
    let listed = ListParts::parse_response(&listed).unwrap();
    let found: Vec<_> = listed.parts.iter().map(|part| (part.number, part.size)).collect();
    assert_eq!(found, [(1, 5 * MIB as u64), (3, 5 * MIB as u64)]);

    let mut etags: Vec<String> = listed
        .parts
        .iter()
        .map(|part| part.etag.trim_matches('"').to_owned())
        .collect();
    etags.insert(1, client.put_part("resumed", &upload, 2, parts[1].to_vec()).await);
    etags.push(client.put_part("resumed", &upload, 4, parts[3].to_vec()).await);
    assert!(client.complete("resumed", &upload, &etags).await.status().is_success());
    assert!(client.get("resumed").await.unwrap() == body);
}

#[tokio::test]
async fn files_go_with_the_last_object_that_needs_them() {
    let harness = Harness::start().await;
    let client = &harness.client;
    let upload = client.create_upload("whole").await;
    let first = client.put_part("whole", &upload, 1, bytes(4, 5 * MIB)).await;
    client.put_part("whole", &upload, 2, bytes(5, 100)).await;
    // Replaced, so that its file is freed.
    let second = client.put_part("whole", &upload, 2, bytes(6, 200)).await;
    harness.wait_for_files(2).await;
    let unlisted = client.put_part("whole", &upload, 3, bytes(7, 300)).await;
    assert_ne!(unlisted, second);
    assert!(
        client
            .complete("whole", &upload, &[first, second])
            .await
            .status()
            .is_success()
    );
    harness.wait_for_files(2).await;

    let copy = client.http.put(client.put_url("copy"));
    succeed(copy.header("x-amz-copy-source", "/dossier/whole")).await;
    client.delete("whole").await;
    client.put("another", "1").await;
    harness.wait_for_files(3).await;
    assert_eq!(client.get("copy").await.unwrap().len(), 5 * MIB + 200);
    client.delete("copy").await;
    harness.wait_for_files(1).await;

    let aborted = client.create_upload("aborted").await;
    client.put_part("aborted", &aborted, 1, vec![1; 10]).await;
    harness.wait_for_files(2).await;
    let abort = client
        .bucket
        .abort_multipart_upload(Some(&client.credentials), "aborted", &aborted);
    succeed(client.http.delete(abort.sign(VALID))).await;
    harness.wait_for_files(1).await;
}

#[tokio::test]
async fn many_completions_at_once_make_one_object_and_one_answer() {
    let harness = Harness::start().await;
    let client = &harness.client;
    let upload = client.create_upload("once").await;
    let etags = [client.put_part("once", &upload, 1, bytes(8, 1000)).await];
    let answers = futures::future::join_all((0..8).map(|_| client.complete("once", &upload, &etags))).await;
    let mut told = Vec::new();
    for answer in answers {
        assert!(answer.status().is_success());
        told.push(answer.text().await.unwrap());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");

    let wrong = ["0".repeat(32)];
    let other = client.create_upload("once").await;
    client.put_part("once", &other, 1, bytes(9, 1000)).await;
    let answer = client.complete("once", &other, &wrong).await;
    assert_eq!(code(answer, StatusCode::BAD_REQUEST).await, "InvalidPart");
    assert_eq!(client.get("once").await.unwrap(), bytes(8, 1000));
}

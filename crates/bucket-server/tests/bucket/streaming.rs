//! Large objects, and objects that change while they are read.

use futures::StreamExt;
use reqwest::StatusCode;

use crate::harness::{Harness, bytes, refused, succeed};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn an_object_that_is_replaced_and_deleted_is_still_read_to_its_end() {
    let harness = Harness::start().await;
    let body = bytes(1, 64 * MIB);
    harness.client.put("read", body.clone()).await;

    let response = succeed(harness.client.http.get(harness.client.get_url("read"))).await;
    let mut stream = response.bytes_stream();
    let mut read = stream.next().await.unwrap().unwrap().to_vec();
    harness.client.put("read", "another").await;
    harness.client.delete("read").await;
    assert_eq!(harness.client.get("read").await, None);
    while let Some(piece) = stream.next().await {
        read.extend_from_slice(&piece.unwrap());
    }
    assert!(read == body, "the bytes are those of the object that was opened");
    // The last reader has gone, and so does the file.
    harness.wait_for_files(0).await;
}

#[tokio::test]
async fn ranges_are_read_across_the_parts_of_an_upload() {
    let harness = Harness::start().await;
    let body = bytes(2, 12 * MIB);
    let upload = harness.client.create_upload("parts").await;
    let mut etags = Vec::new();
    for (number, part) in (1..).zip(body.chunks(5 * MIB)) {
        etags.push(harness.client.put_part("parts", &upload, number, part.to_vec()).await);
    }
    assert!(
        harness
            .client
            .complete("parts", &upload, &etags)
            .await
            .status()
            .is_success()
    );

    for (start, end) in [
        (0, 0),
        (5 * MIB - 1, 5 * MIB),
        (5 * MIB, 10 * MIB - 1),
        (3, 12 * MIB - 1),
        (12 * MIB - 1, 12 * MIB - 1),
    ] {
        let url = harness.client.get_url("parts");
        let request = harness
            .client
            .http
            .get(url)
            .header("range", format!("bytes={start}-{end}"));
        let response = succeed(request).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        let told = format!("bytes {start}-{end}/{}", body.len());
        assert_eq!(response.headers()["content-range"].to_str().unwrap(), told);
        assert!(response.bytes().await.unwrap() == body[start..=end], "{told}");
    }
    let request = harness.client.http.get(harness.client.get_url("parts"));
    let beyond = request.header("range", format!("bytes={}-", body.len()));
    assert_eq!(refused(beyond, StatusCode::RANGE_NOT_SATISFIABLE).await, "InvalidRange");
}

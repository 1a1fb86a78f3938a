//! What a browser asks before and after its requests.

use reqwest::{Method, StatusCode};

use crate::harness::{Harness, code, refused, succeed};

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_upload_and_read_the_etag() {
    let harness = Harness::with(|options| options.cors_origins = vec!["https://app.example".to_owned()]).await;
    let url = harness.client.put_url("page/upload");
    let http = &harness.client.http;

    let preflight = |origin: &str| {
        http.request(Method::OPTIONS, url.clone())
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "content-type,x-amz-acl")
    };
    let answer = succeed(preflight("https://app.example")).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(answer.headers()["access-control-allow-methods"], "PUT");
    assert_eq!(
        answer.headers()["access-control-allow-headers"],
        "content-type,x-amz-acl"
    );
    assert_eq!(
        refused(preflight("https://evil.example"), StatusCode::FORBIDDEN).await,
        "AccessForbidden"
    );

    let upload = |origin: &str| http.put(url.clone()).header("origin", origin).body("from a page");
    let answer = succeed(upload("https://app.example")).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.split(", ").any(|name| name == "etag"), "{exposed}");
    let answer = succeed(upload("https://evil.example")).await;
    assert!(!answer.headers().contains_key("access-control-allow-origin"));

    // A page must be able to read why it was refused.
    let missing = http
        .get(harness.client.get_url("nothing"))
        .header("origin", "https://app.example");
    let answer = missing.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(code(answer, StatusCode::NOT_FOUND).await, "NoSuchKey");
}

#[tokio::test]
async fn urls_that_were_tampered_with_or_have_expired_are_refused() {
    let harness = Harness::start().await;
    let http = &harness.client.http;
    let mut other_key = harness.client.put_url("mine");
    other_key.set_path("/dossier/yours");
    let code = refused(http.put(other_key).body("x"), StatusCode::FORBIDDEN).await;
    assert_eq!(code, "SignatureDoesNotMatch");
    let code = refused(http.delete(harness.client.put_url("mine")), StatusCode::FORBIDDEN).await;
    assert_eq!(code, "SignatureDoesNotMatch");
    let plain = harness.client.bucket.object_url("mine");
    assert_eq!(refused(http.get(plain), StatusCode::FORBIDDEN).await, "AccessDenied");

    let mut credentials = harness.client.clone();
    credentials.credentials = rusty_s3::Credentials::new("dossier", "another-secret");
    let code = refused(http.put(credentials.put_url("mine")).body("x"), StatusCode::FORBIDDEN).await;
    assert_eq!(code, "SignatureDoesNotMatch");

    let expired = rusty_s3::actions::S3Action::sign(
        &harness
            .client
            .bucket
            .get_object(Some(&harness.client.credentials), "mine"),
        std::time::Duration::from_secs(1),
    );
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    assert_eq!(refused(http.get(expired), StatusCode::FORBIDDEN).await, "AccessDenied");
}

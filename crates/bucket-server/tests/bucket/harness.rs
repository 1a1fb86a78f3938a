//! A bucket for one test, and a client that signs with `rusty-s3`.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use bucket_server::{Notifications, Options, Running};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rusty_s3::actions::{
    CompleteMultipartUpload, CreateMultipartUpload, ListObjectsV2, ListObjectsV2Response, S3Action,
};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use tempfile::TempDir;
use url::Url;

/// How long a presigned URL lives in tests.
pub(crate) const VALID: Duration = Duration::from_secs(60);

/// How long anything may take that happens in the background. Only a test that fails waits for so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a folder of its own, and a client of it.
pub(crate) struct Harness {
    pub(crate) server: Running,
    pub(crate) client: S3,
    pub(crate) folder: TempDir,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts a server with some options changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path());
        change(&mut options);
        let server = options.start().await.unwrap();
        let client = S3::new(&format!("http://{}", server.address()));
        Self { server, client, folder }
    }

    /// Stops the server and starts another one on the same folder.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Options)) -> Self {
        self.server.shutdown().await;
        let mut options = Options::new(self.folder.path());
        change(&mut options);
        let server = options.start().await.unwrap();
        let client = S3::new(&format!("http://{}", server.address()));
        Self {
            server,
            client,
            folder: self.folder,
        }
    }

    /// Waits until so many files are left in the store.
    pub(crate) async fn wait_for_files(&self, expected: usize) {
        let files = self.folder.path().join("blobs");
        eventually(|| count(&files) == expected).await;
    }
}

pub(crate) fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

pub(crate) async fn eventually(mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "what a test waited for did not happen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A client that uses nothing but presigned URLs.
#[derive(Debug, Clone)]
pub(crate) struct S3 {
    pub(crate) bucket: Bucket,
    pub(crate) credentials: Credentials,
    pub(crate) http: Client,
}

impl S3 {
    pub(crate) fn new(endpoint: &str) -> Self {
        let endpoint: Url = endpoint.parse().unwrap();
        Self {
            bucket: Bucket::new(endpoint, UrlStyle::Path, "dossier", "us-east-1").unwrap(),
            credentials: Credentials::new("dossier", "dossier-secret"),
            http: Client::new(),
        }
    }

    pub(crate) fn put_url(&self, key: &str) -> Url {
        self.bucket.put_object(Some(&self.credentials), key).sign(VALID)
    }

    pub(crate) fn get_url(&self, key: &str) -> Url {
        self.bucket.get_object(Some(&self.credentials), key).sign(VALID)
    }

    pub(crate) async fn put(&self, key: &str, body: impl Into<Vec<u8>>) -> String {
        etag(&succeed(self.put_request(self.put_url(key), body.into())).await)
    }

    /// A PUT with the length of its body, which the client leaves out when that is empty.
    pub(crate) fn put_request(&self, url: Url, body: Vec<u8>) -> RequestBuilder {
        self.http.put(url).header("content-length", body.len()).body(body)
    }

    /// The object's bytes; `None` when it is not there.
    pub(crate) async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let response = self.http.get(self.get_url(key)).send().await.unwrap();
        if response.status() == StatusCode::NOT_FOUND {
            return None;
        }
        let response = response.error_for_status().unwrap();
        Some(response.bytes().await.unwrap().to_vec())
    }

    pub(crate) async fn delete(&self, key: &str) {
        let url = self.bucket.delete_object(Some(&self.credentials), key).sign(VALID);
        let response = self.http.delete(url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }

    /// One page of a listing.
    pub(crate) async fn list(&self, change: impl FnOnce(&mut ListObjectsV2<'_>)) -> ListObjectsV2Response {
        let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
        change(&mut action);
        let response = succeed(self.http.get(action.sign(VALID))).await;
        ListObjectsV2::parse_response(&response.text().await.unwrap()).unwrap()
    }

    pub(crate) async fn create_upload(&self, key: &str) -> String {
        let url = self
            .bucket
            .create_multipart_upload(Some(&self.credentials), key)
            .sign(VALID);
        let body = succeed(self.http.post(url)).await.text().await.unwrap();
        CreateMultipartUpload::parse_response(&body)
            .unwrap()
            .upload_id()
            .to_owned()
    }

    pub(crate) async fn put_part(&self, key: &str, upload: &str, number: u16, body: Vec<u8>) -> String {
        let url = self
            .bucket
            .upload_part(Some(&self.credentials), key, number, upload)
            .sign(VALID);
        etag(&succeed(self.put_request(url, body)).await)
    }

    pub(crate) async fn complete(&self, key: &str, upload: &str, etags: &[String]) -> Response {
        let etags = etags.iter().map(String::as_str);
        let action: CompleteMultipartUpload<'_, _> =
            self.bucket
                .complete_multipart_upload(Some(&self.credentials), key, upload, etags);
        let url = action.sign(VALID);
        self.http.post(url).body(action.body()).send().await.unwrap()
    }
}

/// Sends a request that must succeed.
pub(crate) async fn succeed(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    let status = response.status();
    if status.is_success() {
        return response;
    }
    panic!("{status}: {}", response.text().await.unwrap());
}

/// Sends a request that must be refused; tells S3's code for the reason.
pub(crate) async fn refused(request: RequestBuilder, status: StatusCode) -> String {
    code(request.send().await.unwrap(), status).await
}

/// S3's code in an answer that must be a refusal.
pub(crate) async fn code(response: Response, status: StatusCode) -> String {
    assert_eq!(response.status(), status);
    let body = response.text().await.unwrap();
    let code = body
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    code.unwrap_or_else(|| panic!("no code in {body}")).0.to_owned()
}

pub(crate) fn etag(response: &Response) -> String {
    response.headers()["etag"]
        .to_str()
        .unwrap()
        .trim_matches('"')
        .to_owned()
}

/// Bytes that differ everywhere, and from those of another seed.
pub(crate) fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Sends notifications to a webhook that listens on an address.
pub(crate) fn notifications(address: SocketAddr) -> Notifications {
    Notifications {
        url: format!("http://{address}/v1/notifications/bucket").parse().unwrap(),
        token: "notification-token".to_owned(),
    }
}

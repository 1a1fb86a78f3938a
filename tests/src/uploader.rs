//! Uploads in parts, request by request.

use portfolio::Sha256;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{Rig, project};

/// The length of a part of a short video, in bytes.
pub const PART: usize = 5 << 20;

/// A client of the signer that does what Uppy does, and whatever else a client might try.
pub struct Uploader<'a> {
    rig: &'a Rig,
    http: Client,
    /// The submission's id.
    pub submission: String,
    /// The document's id.
    pub document: String,
}

impl<'a> Uploader<'a> {
    /// Announces a document.
    pub async fn announce(rig: &'a Rig, name: &str, media_type: &str, size: usize) -> Self {
        Self::of(rig, &rig.announce(name, media_type, size).await)
    }

    /// Uploads the first document of a submission.
    pub fn of(rig: &'a Rig, submission: &Value) -> Self {
        Self {
            rig,
            http: Client::new(),
            submission: text(&submission["id"]),
            document: text(&submission["documents"][0]["id"]),
        }
    }

    /// Where requests are signed.
    pub fn path(&self) -> String {
        format!("/v1/submissions/{}/documents/{}/sign", self.submission, self.document)
    }

    /// The signed request, or the problem.
    pub async fn sign(&self, request: Value) -> Result<Value, String> {
        let answer = self.rig.teacher.post(&self.path(), &request).await;
        if answer.status == StatusCode::OK {
            Ok(answer.json())
        } else {
            Err(answer.problem())
        }
    }

    /// Signs a request and makes it.
    pub async fn make(&self, request: Value, body: Vec<u8>) -> (StatusCode, Option<String>, String) {
        let signed = self.sign(request).await.unwrap();
        self.send(&signed, body).await
    }

    /// Makes a signed request; gives the status, the entity tag and the answer.
    pub async fn send(&self, signed: &Value, body: Vec<u8>) -> (StatusCode, Option<String>, String) {
        let method: Method = signed["method"].as_str().unwrap().parse().unwrap();
        let mut request = self.http.request(method, signed["url"].as_str().unwrap());
        for (name, value) in signed["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        let response = request.body(body).send().await.unwrap();
        let etag = response
            .headers()
            .get("etag")
            .map(|etag| etag.to_str().unwrap().to_owned());
        (response.status(), etag, response.text().await.unwrap())
    }

    /// Begins an upload, and gives its id.
    pub async fn begin(&self) -> String {
        self.begin_as(json!({ "method": "POST" })).await
    }

    /// Begins an upload with a request of one's own, and gives its id.
    pub async fn begin_as(&self, request: Value) -> String {
        let (status, _, answer) = self.make(request, Vec::new()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        between(&answer, "<UploadId>", "</UploadId>")
    }

    /// Uploads a part, and gives its entity tag.
    pub async fn part(&self, upload_id: &str, number: u64, bytes: &[u8]) -> Option<String> {
        let request = json!({ "method": "PUT", "uploadId": upload_id, "partNumber": number });
        let (status, etag, answer) = self.make(request, bytes.to_vec()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        etag
    }

    /// Begins an upload and uploads all parts; gives its id, and what completes it.
    pub async fn parts(&self, bytes: &[u8]) -> (String, Vec<(u64, String)>) {
        let upload_id = self.begin().await;
        let mut tags = Vec::new();
        for (number, part) in (1..).zip(bytes.chunks(PART)) {
            tags.push((number, self.part(&upload_id, number, part).await.unwrap()));
        }
        (upload_id, tags)
    }

    /// Puts parts together; gives the status and the answer.
    pub async fn complete(&self, upload_id: &str, parts: &[(u64, String)]) -> (StatusCode, String) {
        self.complete_as(upload_id, parts, None).await
    }

    /// Puts parts together, and tells the digest of the whole; gives the status and the answer.
    pub async fn complete_as(
        &self,
        upload_id: &str,
        parts: &[(u64, String)],
        sha256: Option<Sha256>,
    ) -> (StatusCode, String) {
        let parts: Vec<String> = parts
            .iter()
            .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
            .collect();
        let parts = parts.concat();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let mut request = json!({ "method": "POST", "uploadId": upload_id });
        if let Some(sha256) = sha256 {
            request["sha256"] = sha256.to_string().into();
        }
        let (status, _, answer) = self.make(request, body.into()).await;
        (status, answer)
    }
}

/// The sample video, made longer than two parts by a box that every player skips (ISO/IEC 14496-12, section 8.1.2).
pub fn long_video() -> Vec<u8> {
    let mut video = std::fs::read(project().join("samples/classroom-excerpt.mp4")).unwrap();
    let room = 2 * PART + 1234;
    video.extend(u32::try_from(room).unwrap().to_be_bytes());
    video.extend(b"free");
    video.resize(video.len() + room - 8, 0);
    video
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn between(text: &str, begin: &str, end: &str) -> String {
    let rest = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("{begin} is in {text}"))
        .1;
    rest.split_once(end).unwrap().0.to_owned()
}

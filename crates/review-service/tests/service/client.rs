//! A client of the service: it asks for reviews, serves the documents, and receives the callbacks.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use reqwest::{Method, RequestBuilder, Response};
use review_service::{Limits, Options, Running};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standardwebhooks::Webhook;
use tokio::sync::mpsc;

pub(crate) const TOKEN: &str = "the-token-of-the-tests";
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A callback as it arrived.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) webhook_id: String,
    /// What `standardwebhooks` says of the signature.
    pub(crate) verified: Result<(), String>,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Site {
    documents: Mutex<HashMap<String, Vec<u8>>>,
    /// The statuses of the next answers to callbacks; 204 when there are none left.
    answers: Mutex<VecDeque<u16>>,
    callbacks: Mutex<Option<mpsc::UnboundedSender<Callback>>>,
}

/// A service with one client.
pub(crate) struct Client {
    pub(crate) service: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) data: tempfile::TempDir,
    site: Arc<Site>,
    site_address: SocketAddr,
    callbacks: mpsc::UnboundedReceiver<Callback>,
}

impl Client {
    pub(crate) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let site = Arc::new(Site::default());
        let (sender, callbacks) = mpsc::unbounded_channel();
        *site.callbacks.lock().unwrap() = Some(sender);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let site_address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/documents/{name}", get(serve_document))
            .route("/callbacks", post(receive_callback))
            .with_state(Arc::clone(&site));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let service = start_service(&data).await;
        Self {
            service,
            http: reqwest::Client::new(),
            data,
            site,
            site_address,
            callbacks,
        }
    }

    /// Stops the service, and starts it again on the same data.
    pub(crate) async fn restart(mut self) -> Self {
        self.service.shutdown().await;
        self.service = start_service(&self.data).await;
        self
    }

    /// Puts a document where the service can fetch it, and gives the request for its review.
    pub(crate) fn document(&self, name: &str, media_type: &str, content: impl Into<Vec<u8>>) -> Value {
        let content = content.into();
        let kind = if media_type.starts_with("video/") {
            "classroom-video"
        } else {
            "lesson-plan"
        };
        let request = json!({
            "document_url": format!("http://{}/documents/{name}", self.site_address),
            "callback_url": format!("http://{}/callbacks", self.site_address),
            "reference": format!("reference of {name}"),
            "kind": kind,
            "media_type": media_type,
            "name": name,
            "size": content.len(),
            "title": "A title",
        });
        self.site.documents.lock().unwrap().insert(name.into(), content);
        request
    }

    /// A lesson plan of one line.
    pub(crate) fn short_plan(&self) -> Value {
        self.document("plan.txt", "text/plain", "A plant needs light.\n")
    }

    /// The next callbacks are answered with these statuses.
    pub(crate) fn answer_callbacks(&self, statuses: &[u16]) {
        self.site.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.service.address()))
            .bearer_auth(TOKEN)
    }

    /// `POST /v1/reviews`.
    pub(crate) fn ask(&self, key: &str, request: &Value) -> RequestBuilder {
        self.call(Method::POST, "/v1/reviews")
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(request.to_string())
    }

    /// Asks for a review that must be accepted; its id.
    pub(crate) async fn begin(&self, key: &str, request: &Value) -> String {
        let response = self.ask(key, request).send().await.unwrap();
        assert_eq!(response.status(), 202);
        json_of(response).await["id"].as_str().unwrap().to_owned()
    }

    /// Sets the rules by which the service misbehaves.
    pub(crate) async fn behave(&self, rules: Value) {
        let response = self
            .call(Method::PUT, "/v1/behaviour")
            .header("content-type", "application/json")
            .body(json!({ "rules": rules }).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
    }

    /// The next callback, whether it is signed correctly or not.
    pub(crate) async fn callback(&mut self) -> Callback {
        tokio::time::timeout(PATIENCE, self.callbacks.recv())
            .await
            .expect("a callback comes")
            .unwrap()
    }

    /// Whether a callback has arrived that nobody has looked at.
    pub(crate) fn has_callback(&mut self) -> bool {
        !self.callbacks.is_empty()
    }

    /// Asks for a review, and waits for what comes of it.
    pub(crate) async fn review(&mut self, key: &str, request: &Value) -> Value {
        self.begin(key, request).await;
        let callback = self.callback().await;
        assert_eq!(callback.verified, Ok(()));
        callback.body
    }

    /// A file that a callback lists; the content must be as announced.
    pub(crate) async fn file(&self, callback: &Value, role: &str) -> Vec<u8> {
        let file = listed(callback, role);
        let response = self.http.get(file["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(media_type.split(';').next(), file["media_type"].as_str());
        assert_eq!(response.content_length(), file["size"].as_u64());
        let content = response.bytes().await.unwrap().to_vec();
        assert_eq!(sha256(&content), file["sha256"].as_str().unwrap());
        content
    }

    pub(crate) async fn json_file(&self, callback: &Value, role: &str) -> Value {
        serde_json::from_slice(&self.file(callback, role).await).unwrap()
    }

    pub(crate) async fn text_file(&self, callback: &Value, role: &str) -> String {
        String::from_utf8(self.file(callback, role).await).unwrap()
    }

    /// `GET /v1/reviews/{id}`.
    pub(crate) async fn show(&self, id: &str) -> Value {
        json_of(
            self.call(Method::GET, &format!("/v1/reviews/{id}"))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Waits until a review's callback is in a state.
    pub(crate) async fn wait_for_callback_state(&self, id: &str, state: &str) {
        let reached = async {
            while self.show(id).await["callback"]["state"] != state {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("the callback reaches the state");
    }

    /// The log's entries of one event.
    pub(crate) async fn log(&self, event: &str) -> Vec<Value> {
        let log = json_of(self.call(Method::GET, "/v1/log").send().await.unwrap()).await;
        log["entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["event"] == event)
            .cloned()
            .collect()
    }
}

async fn start_service(data: &tempfile::TempDir) -> Running {
    let options = Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data: data.path().to_owned(),
        token: TOKEN.into(),
        webhook_secret: SECRET.into(),
        signing_key: None,
        public_origin: None,
    };
    let limits = Limits {
        callback_waits: vec![Duration::from_millis(20); 3],
    };
    options.start_within(limits).await.unwrap()
}

async fn serve_document(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Result<Vec<u8>, StatusCode> {
    site.documents
        .lock()
        .unwrap()
        .get(&name)
        .cloned()
        .ok_or(StatusCode::NOT_FOUND)
}

async fn receive_callback(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let callback = Callback {
        webhook_id: headers["webhook-id"].to_str().unwrap().to_owned(),
        verified: Webhook::new(SECRET)
            .unwrap()
            .verify(&body, &headers)
            .map_err(|error| error.to_string()),
        body: serde_json::from_slice(&body).unwrap(),
    };
    site.callbacks.lock().unwrap().as_ref().unwrap().send(callback).unwrap();
    let answer = site.answers.lock().unwrap().pop_front();
    StatusCode::from_u16(answer.unwrap_or(204)).unwrap()
}

/// The file of a role as a callback lists it.
pub(crate) fn listed(callback: &Value, role: &str) -> Value {
    let files = callback["data"]["files"].as_array().unwrap();
    files
        .iter()
        .find(|file| file["role"] == role)
        .unwrap_or_else(|| panic!("{role} is in {files:?}"))
        .clone()
}

/// The roles that a callback lists.
pub(crate) fn roles(callback: &Value) -> Vec<&str> {
    callback["data"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["role"].as_str().unwrap())
        .collect()
}

pub(crate) async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

pub(crate) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .fold(String::new(), |hexadecimal, byte| hexadecimal + &format!("{byte:02x}"))
}

/// A file of the repository's `samples` folder.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../samples")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

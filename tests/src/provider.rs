//! An identity provider, as far as an application sees one: an address that serves a set of keys, and tokens.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A provider that can be taken down, and whose keys can be changed.
pub struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// What it answers, and for how long that is good.
    answer: Mutex<(Vec<u8>, String)>,
    asked: Mutex<u64>,
}

/// A key pair of a provider's.
pub struct ProviderKey {
    private: EncodingKey,
    public: Jwk,
}

impl ProviderKey {
    /// The same for the same number; any other has another id.
    pub fn new(number: u8) -> Self {
        let der = [&PKCS8_PREFIX[..], &[number; 32]].concat();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            BASE64_STANDARD.encode(der)
        );
        let private = EncodingKey::from_ed_pem(pem.as_bytes()).expect("it is a key");
        let mut public = Jwk::from_encoding_key(&private, Algorithm::EdDSA).expect("it has a public half");
        public.common.key_id = Some(format!("key-{number}"));
        Self { private, public }
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid.clone_from(&self.public.common.key_id);
        jsonwebtoken::encode(&header, claims, &self.private).expect("the key signs")
    }
}

impl Provider {
    /// One that serves these keys, which are good for a time in seconds.
    pub async fn start(keys: &[&ProviderKey], max_age: u32) -> Self {
        let mut provider = Self {
            address: ([127, 0, 0, 1], 0).into(),
            shared: Arc::default(),
            serving: None,
        };
        provider.publish(keys, max_age);
        provider.up().await;
        provider
    }

    /// Where it is.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its keys are.
    pub fn keys_url(&self) -> String {
        format!("{}/keys", self.origin())
    }

    /// How often it was asked for them.
    pub fn asked(&self) -> u64 {
        *self.shared.asked.lock().unwrap()
    }

    /// Serves these keys from now on.
    pub fn publish(&self, keys: &[&ProviderKey], max_age: u32) {
        let keys: Vec<_> = keys.iter().map(|key| &key.public).collect();
        self.answer(json!({ "keys": keys }).to_string().into_bytes(), max_age);
    }

    /// Serves anything at all.
    pub fn answer(&self, body: Vec<u8>, max_age: u32) {
        *self.shared.answer.lock().unwrap() = (body, format!("public, max-age={max_age}"));
    }

    /// Begins to answer, at the address that it had before.
    pub async fn up(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its port is free");
        self.address = listener.local_addr().expect("it listens somewhere");
        let routes = Router::new()
            .route("/keys", get(keys))
            .with_state(Arc::clone(&self.shared));
        self.serving = Some(tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it serves");
        }));
    }

    /// Stops to answer.
    pub async fn down(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }
}

async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    *shared.asked.lock().unwrap() += 1;
    let (body, cache) = shared.answer.lock().unwrap().clone();
    (
        StatusCode::OK,
        [(CONTENT_TYPE, "application/json".to_owned()), (CACHE_CONTROL, cache)],
        body,
    )
        .into_response()
}

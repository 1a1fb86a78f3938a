//! A caller of the public interface, whose answers are held to its description.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::Contract;

/// Somebody with a token, or without.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    origin: Url,
    token: Option<String>,
}

/// An answer that is as described.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The last segment of the problem's type; the empty string if this is no problem.
    pub fn problem(&self) -> String {
        let details: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        details["type"]
            .as_str()
            .and_then(|uri| uri.rsplit('/').next())
            .unwrap_or_default()
            .to_owned()
    }

    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Caller {
    /// Somebody with this token. Redirects are answers, not to be followed.
    pub fn new(origin: &Url, token: Option<&str>) -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_mins(1))
            .build()
            .expect("the client can be built");
        Self {
            http,
            origin: origin.clone(),
            token: token.map(ToOwned::to_owned),
        }
    }

    /// The same origin, with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(
            Method::POST,
            path,
            &[("content-type", "application/json")],
            body.to_string().into(),
        )
        .await
    }

    /// Any request. Panics when there is no answer, or one that is not as described.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        self.try_send(method, path, headers, body)
            .await
            .expect("the application answers")
    }

    /// Any request, while the application may be away.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> reqwest::Result<Answer> {
        let url = self.origin.join(path).expect("the path is one");
        let mut request = self.http.request(method.clone(), url.clone());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Contract::committed().hold(method.as_str(), url.path(), status.as_u16(), content_type, &body);
        Ok(Answer { status, headers, body })
    }
}

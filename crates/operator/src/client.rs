//! The public interface, as an operator's program uses it.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::deployment::Deployment;

/// Longer than any handler may take.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Client {
    http: reqwest::Client,
    deployment: Deployment,
}

/// An answer in its own JSON, for programs, and as what it means.
pub(crate) struct Answer<T> {
    pub(crate) json: Value,
    pub(crate) value: T,
}

/// A refusal (RFC 9457).
#[derive(Debug, thiserror::Error)]
#[error("{}", in_words(*status, title.as_deref(), detail.as_deref()))]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    title: Option<String>,
    detail: Option<String>,
}

#[derive(Default, Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

fn in_words(status: StatusCode, title: Option<&str>, detail: Option<&str>) -> String {
    match (title, detail) {
        (Some(title), Some(detail)) => format!("{title}: {detail} ({status})"),
        (Some(text), None) | (None, Some(text)) => format!("{text} ({status})"),
        (None, None) => format!("the application answers {status}"),
    }
}

impl Client {
    pub(crate) fn new(deployment: Deployment) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { http, deployment })
    }

    /// Asks for a path, whose segments are encoded here.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> anyhow::Result<Answer<T>> {
        self.send(Method::GET, path, Some(query), None::<&()>).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> anyhow::Result<Answer<T>> {
        self.send(Method::POST, path, None::<&()>, Some(body)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: Option<&impl Serialize>,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<Answer<T>> {
        let mut url = self.deployment.url.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("{} is no address of an application", self.deployment.url))?
            .pop_if_empty()
            .extend(path);
        if let Some(query) = query {
            let Value::Object(members) = serde_json::to_value(query)? else {
                anyhow::bail!("a query has members");
            };
            let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let members: Vec<_> = members.into_iter().map(|(name, value)| (name, text(value))).collect();
            if !members.is_empty() {
                url.query_pairs_mut().extend_pairs(members);
            }
        }
        let mut request = self
            .http
            .request(method, url.clone())
            .bearer_auth(&self.deployment.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{} does not answer", self.deployment.url))?;
        let response = good(response).await?;
        let json: Value = response
            .json()
            .await
            .with_context(|| format!("the answer of {url} is not JSON"))?;
        let value = T::deserialize(&json).with_context(|| format!("the answer of {url} cannot be understood"))?;
        Ok(Answer { json, value })
    }
}

async fn good(response: Response) -> Result<Response, Refused> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let problem: Problem = response.json().await.unwrap_or_default();
    Err(Refused {
        status,
        title: problem.title,
        detail: problem.detail,
    })
}

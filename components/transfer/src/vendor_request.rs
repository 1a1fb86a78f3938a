//! From the adapter's request to an HTTP request, and from the HTTP answer to the adapter's response.
//!
//! The adapter sees neither the origin nor a secret: it says where a secret goes, and both are added here.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::HeaderValue;
use serde_json::{Map, Value};
use spin_outbound::Answer;
use spin_sdk::variables;
use vendor::adapter::{self, Placement, Secret, SecretPlace};

/// The third party that this component hands documents to.
pub(crate) struct Vendor {
    origin: String,
    secrets: Secrets,
    public_origin: String,
}

/// What may not be seen by an adapter.
struct Secrets {
    token: String,
    /// Only vendors that are told one need one.
    callback_secret: Option<String>,
}

impl Vendor {
    pub(crate) async fn from_variables() -> anyhow::Result<Self> {
        let get = async |name| {
            variables::get(name)
                .await
                .with_context(|| format!("the variable {name} is not set"))
        };
        Ok(Self {
            origin: get("vendor_origin").await?.trim_end_matches('/').to_owned(),
            secrets: Secrets {
                token: get("vendor_token").await?,
                callback_secret: variables::get("callback_secret").await.ok(),
            },
            public_origin: get("public_origin").await?.trim_end_matches('/').to_owned(),
        })
    }

    /// Where this vendor reports what it found.
    pub(crate) fn callback_url(&self) -> String {
        format!("{}/v1/callbacks/{}", self.public_origin, adapter::describe().name)
    }

    /// The whole request, with origin, secrets and trace context (W3C Trace Context).
    pub(crate) fn request(
        &self,
        request: adapter::Request,
        traceparent: Option<&str>,
    ) -> anyhow::Result<http::Request<Bytes>> {
        anyhow::ensure!(
            request.path.starts_with('/'),
            "its path {:?} does not begin with a slash",
            request.path
        );
        let mut builder = http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.origin, request.path));
        if let Some(traceparent) = traceparent {
            builder = builder.header("traceparent", traceparent);
        }
        for header in &request.headers {
            builder = builder.header(&header.name, &header.value);
        }
        let mut whole = builder.body(request.body)?;
        for placement in &request.secrets {
            self.secrets.put(placement, &mut whole)?;
        }
        Ok(whole.map(Bytes::from))
    }
}

impl Secrets {
    fn put(&self, Placement { secret, place }: &Placement, request: &mut http::Request<Vec<u8>>) -> anyhow::Result<()> {
        let secret = match secret {
            Secret::Token => &self.token,
            Secret::CallbackSecret => self.callback_secret.as_ref().context(
                "the adapter wants to tell the vendor a callback secret, and the variable callback_secret is not set",
            )?,
        };
        match place {
            SecretPlace::Header(field) => {
                let name: http::HeaderName = field.name.parse()?;
                let mut value = HeaderValue::from_str(&format!("{}{secret}", field.prefix))
                    .ok()
                    .context("a secret cannot stand in a header field")?;
                value.set_sensitive(true);
                request.headers_mut().insert(name, value);
            }
            SecretPlace::JsonMember(member) => {
                let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(request.body()) else {
                    bail!("a secret goes into its body, which is no JSON object");
                };
                body.insert(member.clone(), secret.clone().into());
                *request.body_mut() = serde_json::to_vec(&body)?;
            }
        }
        Ok(())
    }
}

/// The answer in the adapter's words. Header values that are no text are left out: no adapter could read them.
pub(crate) fn response(answer: Answer) -> adapter::Response {
    let headers = answer
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some(adapter::Header {
                name: name.as_str().to_owned(),
                value: value.to_str().ok()?.to_owned(),
            })
        })
        .collect();
    adapter::Response {
        status: answer.status.as_u16(),
        headers,
        body: answer.body.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use vendor::adapter::SecretHeader;

    fn vendor(callback_secret: Option<&str>) -> Vendor {
        Vendor {
            origin: "https://vendor.example".into(),
            secrets: Secrets {
                token: "t\"k".into(),
                callback_secret: callback_secret.map(Into::into),
            },
            public_origin: "https://dossier.example".into(),
        }
    }

    fn request(body: &str) -> adapter::Request {
        let placement = |secret, place| Placement { secret, place };
        let field = SecretHeader {
            name: "authorization".into(),
            prefix: "Bearer ".into(),
        };
        adapter::Request {
            method: "POST".into(),
            path: "/v1".into(),
            headers: Vec::new(),
            body: body.into(),
            secrets: vec![
                placement(Secret::Token, SecretPlace::Header(field)),
                placement(Secret::CallbackSecret, SecretPlace::JsonMember("secret".into())),
            ],
        }
    }

    #[test]
    fn secrets_go_where_the_adapter_says() {
        let sent = vendor(Some("a\"b")).request(request(r#"{"url":"u"}"#), None).unwrap();
        assert_eq!(sent.headers()["authorization"], "Bearer t\"k");
        let body: Value = serde_json::from_slice(sent.body()).unwrap();
        assert_eq!(body, serde_json::json!({ "url": "u", "secret": "a\"b" }));
    }

    #[test]
    fn what_cannot_take_a_secret_is_not_sent_without() {
        assert!(vendor(None).request(request("{}"), None).is_err());
        assert!(vendor(Some("s")).request(request("[]"), None).is_err());
        assert!(vendor(Some("s")).request(request(""), None).is_err());
    }
}

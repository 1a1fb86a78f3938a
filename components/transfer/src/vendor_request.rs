//! From the adapter's request to an HTTP request, and from the HTTP answer to the adapter's response.
//!
//! The adapter sees neither the origin nor the credentials: both are added here.

use anyhow::Context as _;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use spin_outbound::Answer;
use spin_sdk::variables;
use vendor::adapter;

/// The third party that this component hands documents to.
pub(crate) struct Vendor {
    origin: String,
    token: String,
    public_origin: String,
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
            token: get("vendor_token").await?,
            public_origin: get("public_origin").await?.trim_end_matches('/').to_owned(),
        })
    }

    /// Where this vendor reports what it found.
    pub(crate) fn callback_url(&self) -> String {
        format!("{}/v1/callbacks/{}", self.public_origin, adapter::describe().name)
    }

    /// The whole request, with origin, credentials and trace context (W3C Trace Context).
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
            .uri(format!("{}{}", self.origin, request.path))
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some(traceparent) = traceparent {
            builder = builder.header("traceparent", traceparent);
        }
        for header in &request.headers {
            builder = builder.header(&header.name, &header.value);
        }
        Ok(builder.body(request.body.into())?)
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

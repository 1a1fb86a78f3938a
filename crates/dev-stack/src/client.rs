//! A client of the public HTTP interface: what a teacher's and an evaluator's program does, and nothing that only this
//! repository could do.

use std::path::Path;
use std::time::Duration;

use api::signing::{SignRequest, Signed};
use api::submissions::{NewSubmission, Submission, Upload};
use portfolio::{DocumentId, SubmissionId};
use reqwest::header::{CONTENT_LENGTH, ETAG, IF_NONE_MATCH};
use reqwest::{Body, Method, Response, StatusCode};
use serde::Deserialize;
use tokio::fs::File;
use tokio_util::io::{InspectReader, ReaderStream};
use url::Url;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// Why a request had no success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There was no answer.
    #[error("{url} does not answer")]
    Unreachable {
        /// Where the request went, without its query: that of a presigned address is a secret.
        url: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// The answer was a refusal.
    #[error("{}", refusal(*status, title.as_deref(), detail.as_deref()))]
    Refused {
        /// The status.
        status: StatusCode,
        /// The title of the problem details (RFC 9457), where there are any.
        title: Option<String>,
        /// Their detail.
        detail: Option<String>,
    },
    /// The answer could not be understood.
    #[error("the answer of {url} cannot be understood")]
    Answer {
        /// Where the request went, without its query.
        url: String,
        /// What is wrong with it.
        source: reqwest::Error,
    },
    /// The file could not be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The bucket's answer could not be understood.
    #[error(transparent)]
    Bucket(bucket::Unreadable),
    /// Nothing moved on the connection for too long.
    #[error("the connection stands still")]
    Stalled,
    /// What arrived is not what was sent.
    #[error("the bucket has other bytes than those that were sent")]
    Damaged,
    /// The file was changed while it was being uploaded.
    #[error("{} has changed since it was announced", .0.display())]
    Changed(std::path::PathBuf),
    /// The bucket's address is no URL, or its method is no method.
    #[error("the upload's {0} cannot be used")]
    Upload(&'static str),
}

impl Error {
    /// Whether the same request may have success a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Answer { .. } | Self::Stalled | Self::Damaged => true,
            Self::Refused { status, .. } => matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

fn refusal(status: StatusCode, title: Option<&str>, detail: Option<&str>) -> String {
    match (title, detail) {
        (Some(title), Some(detail)) => format!("{title}: {detail} ({status})"),
        (Some(text), None) | (None, Some(text)) => format!("{text} ({status})"),
        (None, None) => format!("the answer is {status}"),
    }
}

/// One caller of the interface.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    origin: Url,
    token: String,
}

impl Client {
    /// A caller with this token.
    pub fn new(origin: &Url, token: &str) -> Self {
        // A builder that fails for want of a TLS library would fail below, too.
        let http = reqwest::Client::builder().connect_timeout(CONNECT).build();
        Self {
            http: http.unwrap_or_default(),
            origin: origin.clone(),
            token: token.to_owned(),
        }
    }

    /// Creates a submission. Asking again with the same idempotency key creates no second one.
    pub async fn create(&self, submission: &NewSubmission, idempotency_key: &str) -> Result<Submission, Error> {
        let request = self
            .request(Method::POST, "v1/submissions")
            .header("idempotency-key", idempotency_key)
            .json(submission);
        json(good(send(request).await?).await?).await
    }

    /// Uploads a file to where the submission says, and reports how many bytes were read from it.
    pub async fn upload<F>(&self, upload: &Upload, path: &Path, mut progress: F) -> Result<(), Error>
    where
        F: FnMut(usize) + Send + 'static,
    {
        let unreadable = |source| Error::File {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let reader = InspectReader::new(file, move |chunk: &[u8]| progress(chunk.len()));

        let method = upload.method.parse().map_err(|_| Error::Upload("method"))?;
        let url = upload.url.as_ref().ok_or(Error::Upload("address"))?;
        let url: Url = url.parse().map_err(|_| Error::Upload("address"))?;
        let mut request = self.http.request(method, url);
        for (name, value) in &upload.headers {
            request = request.header(name, value);
        }
        // A body that is a stream would go out in chunks of unknown number, which S3 does not take.
        request = request
            .header(CONTENT_LENGTH, size)
            .body(Body::wrap_stream(ReaderStream::with_capacity(reader, CHUNK)));
        good(send(request).await?).await?;
        Ok(())
    }

    /// The submission with its version, or nothing when it is still in the version that the caller has.
    pub async fn submission(
        &self,
        id: SubmissionId,
        version: Option<&str>,
    ) -> Result<Option<(Submission, Option<String>)>, Error> {
        self.look(id, version, None).await
    }

    /// The same, but what is in the version that the caller has is waited for: up to so many seconds, until it is in
    /// another.
    pub async fn changed_submission(
        &self,
        id: SubmissionId,
        version: Option<&str>,
        seconds: u64,
    ) -> Result<Option<(Submission, Option<String>)>, Error> {
        self.look(id, version, Some(seconds)).await
    }

    /// Has a request to the bucket signed.
    pub async fn sign(
        &self,
        submission: SubmissionId,
        document: DocumentId,
        request: &SignRequest,
    ) -> Result<Signed, Error> {
        let path = format!("v1/submissions/{submission}/documents/{document}/sign");
        // Nothing but a signature is asked for, which takes no time: a connection that is silent is gone.
        let request = self.request(Method::POST, &path).timeout(CONNECT * 3).json(request);
        json(good(send(request).await?).await?).await
    }

    /// Says that a document was uploaded. The bucket says so, too, where it sends notifications.
    pub async fn uploaded(&self, submission: SubmissionId, document: DocumentId) -> Result<(), Error> {
        let path = format!("v1/submissions/{submission}/documents/{document}/uploaded");
        good(send(self.request(Method::POST, &path)).await?).await?;
        Ok(())
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    async fn look(
        &self,
        id: SubmissionId,
        version: Option<&str>,
        wait: Option<u64>,
    ) -> Result<Option<(Submission, Option<String>)>, Error> {
        let mut request = self.request(Method::GET, &format!("v1/submissions/{id}"));
        if let Some(version) = version {
            request = request.header(IF_NONE_MATCH, version);
        }
        if let Some(seconds) = wait {
            request = request.header("prefer", format!("wait={seconds}"));
        }
        let response = send(request).await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let response = good(response).await?;
        let version = response
            .headers()
            .get(ETAG)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Ok(Some((json(response).await?, version)))
    }

    /// The canonical document, byte by byte as the evaluator receives it.
    pub async fn normalized(&self, id: DocumentId) -> Result<Vec<u8>, Error> {
        let response = good(send(self.request(Method::GET, &format!("v1/catalog/documents/{id}"))).await?).await?;
        let url = without_query(response.url());
        let bytes = response.bytes().await.map_err(|source| Error::Answer { url, source })?;
        Ok(bytes.into())
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut url = self.origin.clone();
        url.set_path(path);
        self.http.request(method, url).bearer_auth(&self.token)
    }
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Result<Response, Error> {
    request.send().await.map_err(|error| Error::Unreachable {
        url: error.url().map(without_query).unwrap_or_default(),
        source: error.without_url(),
    })
}

/// What a refusal says about itself, be it as problem details or not.
#[derive(Default, Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

pub(crate) async fn good(response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let Problem { title, detail } = response.json().await.unwrap_or_default();
    Err(Error::Refused { status, title, detail })
}

async fn json<T: serde::de::DeserializeOwned>(response: Response) -> Result<T, Error> {
    let url = without_query(response.url());
    response.json().await.map_err(|source| Error::Answer { url, source })
}

pub(crate) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

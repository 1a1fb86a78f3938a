//! The service: token, ledger, signature, as `components/upload/src/sign.rs` has them for a part whose upload is known.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use access::{KeySet, Policy, Scope, Verifier};
use anyhow::Context as _;
use api::Problem;
use api::signing::{Method, Operation, SignRequest, Signed};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::routing::post;
use bucket::{Bucket, Configuration, Part};
use jiff::Timestamp;
use ledger::Ledger;
use ledger::runner::Runner;
use portfolio::{DocumentId, Facts, SubmissionId, keys};

const LIFETIME: Duration = Duration::from_mins(15);

struct Signer {
    /// It remembers tokens, as a component's instance does, for one thread at a time.
    verifier: Mutex<Verifier>,
    bucket: Bucket,
    ledger: Ledger,
    runner: Runner,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let variable = |name: &str| {
        let name = format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase());
        std::env::var(&name).with_context(|| format!("{name} is not set"))
    };
    let signer = Signer {
        verifier: Mutex::new(Verifier::new(
            KeySet::from_json(variable("token_keys")?.as_bytes())?,
            Policy {
                issuer: variable("token_issuer")?,
                audience: variable("token_audience")?,
                tenant_claim: None,
                skew_seconds: 60,
            },
        )),
        bucket: Bucket::new(&Configuration {
            endpoint: variable("bucket_public_endpoint")?,
            name: variable("bucket_name")?,
            region: variable("bucket_region")?,
            access_key: variable("bucket_access_key")?,
            secret_key: variable("bucket_secret_key")?,
        })?,
        ledger: Ledger::new("dossier"),
        runner: Runner::connect(&variable("redis_address")?).await?,
    };
    let path = "/v1/submissions/{submission}/documents/{document}/sign";
    let routes = Router::new().route(path, post(sign)).with_state(Arc::new(signer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

type Answer = (StatusCode, [(HeaderName, &'static str); 1], Vec<u8>);

async fn sign(
    State(signer): State<Arc<Signer>>,
    Path((submission, document)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let answer = signer.sign(&submission, &document, &headers, &body).await;
    let (status, body) = match answer {
        Ok(answer) => (StatusCode::OK, serde_json::to_vec(&answer)),
        Err(problem) => (StatusCode::BAD_REQUEST, Ok(format!("{problem:?}").into_bytes())),
    };
    (status, [(CONTENT_TYPE, "application/json")], body.unwrap_or_default())
}

impl Signer {
    async fn sign(
        &self,
        submission: &str,
        document: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Signed, Problem> {
        let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(Problem::internal)?;
        let caller = self
            .verifier
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .authenticate(authorization, now.as_secs())
            .map_err(Problem::internal)?;
        if !caller.scopes.contain(Scope::Submit) {
            return Err(Problem::not_found());
        }
        let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
        let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
        let call = self.ledger.submission(&submission.to_string());
        let record = self.runner.run(call).await.map_err(Problem::internal)?;
        let record = record
            .filter(|record| record.owner == caller.owner.to_string())
            .ok_or_else(Problem::not_found)?;
        let mut documents = record.documents.into_iter();
        let record = documents
            .find(|found| found.id == document.to_string())
            .ok_or_else(Problem::not_found)?;
        let asked: SignRequest = serde_json::from_slice(body).map_err(Problem::invalid_json)?;
        let facts: Facts =
            serde_json::from_value(serde_json::Value::Object(record.facts)).map_err(Problem::internal)?;
        let key = keys::original(&submission, &document);
        let Operation::Part {
            upload_id,
            number,
            size,
            ..
        } = asked.operation(&key, facts.size)?
        else {
            return Err(Problem::not_found());
        };
        if record.state != ledger::State::AwaitingUpload || facts.upload_id.as_ref() != Some(&upload_id) {
            return Err(Problem::not_found());
        }
        let now = Timestamp::now();
        let part = Part::new(number, size);
        let url = self
            .bucket
            .presign_part(&key, &upload_id, part, &now, LIFETIME)
            .map_err(Problem::internal)?;
        Ok(Signed {
            method: Method::Put,
            url: url.into(),
            key,
            headers: std::collections::BTreeMap::new(),
            size: Some(size),
            expires_at: now + LIFETIME,
        })
    }
}

//! Creates submissions, signs their uploads, and shows their progress.
//!
//! A teacher's bytes never pass through here: a client declares what it has, and gets for each document one presigned
//! request to the bucket, valid for minutes and for nothing else. The only thing that this component writes to the
//! bucket is a small manifest of each submission, from which everything in flight can be rebuilt.

#![allow(
    unsafe_code,
    clippy::same_length_and_capacity,
    reason = "what the entry point of spin-sdk expands to"
)]

mod create;
mod sign;
mod view;

use access::{Caller, Scope};
use api::{PageRequest, Problem};
use http::{HeaderMap, Method, StatusCode};
use ledger::{DocumentRecord, SubmissionRecord};
use portfolio::{DocumentId, SubmissionId};
use sign::Signer;
use spin_edge::{Reply, caller, json, ledger_failed, reply, segments, versioned_json};
use spin_ledger::Client;
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

/// A request's caller, and what answering it needs.
struct Teacher {
    caller: Caller,
    client: Client,
    signer: Signer,
}

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    reply(route(request).await)
}

async fn route(request: Request) -> Result<Reply, Problem> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    match (&method, segments(&path).as_slice()) {
        (&Method::POST, ["v1", "submissions"]) => {
            let teacher = Teacher::of(request.headers()).await?;
            create::create(&teacher, request).await
        }
        (&Method::GET, ["v1", "submissions"]) => {
            Teacher::of(request.headers()).await?.list(request.uri().query()).await
        }
        (&Method::GET, ["v1", "submissions", submission]) => {
            Teacher::of(request.headers())
                .await?
                .show(request.headers(), submission)
                .await
        }
        (&Method::POST, ["v1", "submissions", submission, "documents", document, "upload-url"]) => {
            Teacher::of(request.headers())
                .await?
                .sign_again(submission, document)
                .await
        }
        (_, ["v1", "submissions"]) => Err(Problem::method_not_allowed(&["GET", "POST"])),
        (_, ["v1", "submissions", _]) => Err(Problem::method_not_allowed(&["GET"])),
        (_, ["v1", "submissions", _, "documents", _, "upload-url"]) => Err(Problem::method_not_allowed(&["POST"])),
        _ => Err(Problem::not_found()),
    }
}

impl Teacher {
    async fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let caller = caller(headers, Scope::Submit).await?;
        Ok(Self {
            caller,
            client: Client::open().await.map_err(ledger_failed)?,
            signer: Signer::open().await?,
        })
    }

    async fn list(&self, query: Option<&str>) -> Result<Reply, Problem> {
        let page = PageRequest::from_query(query)?;
        let after = page.after.as_ref().map(api::Cursor::position);
        let call = self
            .client
            .ledger()
            .submissions(&self.caller.subject, after, page.limit);
        let found = self.client.run(call).await.map_err(ledger_failed)?;
        let items = found.items.iter().map(view::summary).collect::<Result<_, _>>()?;
        json(
            StatusCode::OK,
            &api::Page {
                items,
                next: found.next.map(api::Cursor::new),
            },
        )
    }

    async fn show(&self, headers: &HeaderMap, submission: &str) -> Result<Reply, Problem> {
        let record = self.own(submission).await?;
        // The links in the answer are new each time, but what it says changes only with the version.
        let body = serde_json::to_vec(&self.view(&record).await?).map_err(Problem::internal)?;
        versioned_json(headers, record.version, body)
    }

    async fn sign_again(&self, submission: &str, document: &str) -> Result<Reply, Problem> {
        let record = self.own(submission).await?;
        let document: DocumentId = document.parse().map_err(|_| Problem::not_found())?;
        let found = record.documents.iter().find(|found| found.id == document.to_string());
        let found = found.ok_or_else(Problem::not_found)?;
        if found.state != ledger::State::AwaitingUpload {
            return Err(Problem::wrong_state(
                "The file has arrived already; it cannot be replaced.",
            ));
        }
        json(StatusCode::OK, &self.signer.upload(found)?)
    }

    /// A submission of the caller's own. Anybody else's does not exist.
    async fn own(&self, submission: &str) -> Result<SubmissionRecord, Problem> {
        let submission: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
        let call = self.client.ledger().submission(&submission.to_string());
        let record = self.client.run(call).await.map_err(ledger_failed)?;
        record
            .filter(|record| record.owner == self.caller.subject)
            .ok_or_else(Problem::not_found)
    }

    async fn view(&self, record: &SubmissionRecord) -> Result<api::submissions::Submission, Problem> {
        let histories = record.documents.iter().map(async |document: &DocumentRecord| {
            let call = self.client.ledger().history(&document.id);
            self.client.run(call).await.map_err(ledger_failed)
        });
        let histories = futures::future::try_join_all(histories).await?;
        view::submission(record, &histories, &self.signer)
    }
}

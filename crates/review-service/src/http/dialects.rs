//! The routes that speak in others' words.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::{files, json, reviews};
use crate::dialect::{Dialect, assemblyai, languagetool};
use crate::problem::Problem;
use crate::reviews::Status;
use crate::service::Service;

/// `POST /v2/check`.
pub(crate) async fn check(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let request = json::body(&headers, body).and_then(|body| languagetool::request(&body));
    let asked = request.map(|request| (request, Dialect::LanguageTool));
    reviews::ask(&service, key(&headers), asked).await
}

/// `POST /v2/transcript`.
pub(crate) async fn transcribe(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let key = key(&headers);
    let asked = json::body(&headers, body).and_then(|body| {
        let (request, webhook) = assemblyai::request(&body, key.as_deref().unwrap_or_default())?;
        Ok((request, Dialect::AssemblyAi(webhook)))
    });
    reviews::ask(&service, key, asked).await
}

/// `GET /v2/transcript/{id}`.
pub(crate) async fn transcript(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let review = service
        .reviews
        .get(&id)
        .filter(|review| matches!(review.dialect, Dialect::AssemblyAi(_)))
        .ok_or_else(|| Problem::not_found("transcript"))?;
    if review.status == Status::Completed {
        files::give(&service, &review, assemblyai::TRANSCRIPT, &headers).await
    } else {
        Ok(Json(assemblyai::unfinished(&review)).into_response())
    }
}

/// Neither interface asks for an idempotency key: a request without one is a request of its own.
fn key(headers: &HeaderMap) -> Option<String> {
    reviews::idempotency_key(headers).or_else(|| Some(Uuid::now_v7().to_string()))
}

//! What tests of a client use: misbehaviour on demand, and the log.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::json;
use crate::behaviour::Rules;
use crate::problem::Problem;
use crate::service::Service;

/// `GET /v1/behaviour`.
pub(crate) async fn rules(State(service): State<Arc<Service>>) -> Json<Rules> {
    Json(Rules { rules: service.rules() })
}

/// `PUT /v1/behaviour`.
pub(crate) async fn set_rules(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Rules>, Problem> {
    let rules: Rules = json::parse(&json::body(&headers, body)?)?;
    service.set_rules(rules.rules.clone());
    Ok(Json(rules))
}

/// `DELETE /v1/behaviour`.
pub(crate) async fn clear_rules(State(service): State<Arc<Service>>) -> StatusCode {
    service.set_rules(Vec::new());
    StatusCode::NO_CONTENT
}

/// `GET /v1/log`.
pub(crate) async fn log(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({ "entries": service.journal.entries() }))
}

/// `DELETE /v1/log`.
pub(crate) async fn clear_log(State(service): State<Arc<Service>>) -> StatusCode {
    service.journal.clear();
    StatusCode::NO_CONTENT
}

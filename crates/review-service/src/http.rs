//! The HTTP interface that `API.md` describes, one file per group of routes.

pub(crate) mod control;
pub(crate) mod dialects;
pub(crate) mod files;
pub(crate) mod json;
pub(crate) mod reviews;
pub(crate) mod serve;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use crate::problem::Problem;
use crate::service::Service;

/// The longest body of a request.
const LONGEST_BODY: usize = 64 << 10;

/// All routes.
pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/reviews", post(reviews::create))
        .route("/v1/reviews/{id}", get(reviews::show))
        .route("/v2/check", post(dialects::check))
        .route("/v2/transcript", post(dialects::transcribe))
        .route("/v2/transcript/{id}", get(dialects::transcript))
        .route(
            "/v1/behaviour",
            get(control::rules).put(control::set_rules).delete(control::clear_rules),
        )
        .route("/v1/log", get(control::log).delete(control::clear_log))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&service), authorize))
        .route("/v1/reviews/{id}/files/{role}", get(files::download))
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This route does not take this method.",
            )
        })
        .fallback(|| async { Problem::not_found("route") })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(service)
}

async fn authorize(State(service): State<Arc<Service>>, request: Request, next: Next) -> Result<Response, Problem> {
    let presented = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    // AssemblyAI wants the token alone.
    let token = presented.and_then(|value| match value.split_once(' ') {
        Some((scheme, token)) => scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()),
        None => Some(value),
    });
    match token {
        Some(token) if token == service.token => Ok(next.run(request).await),
        _ => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Send the header `Authorization: Bearer` with the token of this service.",
        )),
    }
}

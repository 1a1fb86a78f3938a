//! Asking for reviews, and looking at them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::json;
use super::serve::abandon;
use crate::behaviour::{Behaviour, Occasion};
use crate::callback;
use crate::dialect::{Dialect, assemblyai};
use crate::journal::Event;
use crate::problem::Problem;
use crate::request::Request;
use crate::reviews::{Delivery, Review};
use crate::service::Service;

/// `POST /v1/reviews`.
pub(crate) async fn create(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let asked = json::body(&headers, body)
        .and_then(|body| Request::parse(&body))
        .map(|request| (request, Dialect::Own));
    ask(&service, idempotency_key(&headers), asked).await
}

/// Takes a request, in whatever words it was made, or says what is wrong with it.
pub(crate) async fn ask(
    service: &Arc<Service>,
    key: Option<String>,
    asked: Result<(Request, Dialect), Problem>,
) -> Result<Response, Problem> {
    let parsed = asked.and_then(|(request, dialect)| {
        let key = key.clone().ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "missing-idempotency-key",
                "Send the header `Idempotency-Key` with 1 to 255 characters.",
            )
        })?;
        check_key(service, &key, &request)?;
        Ok((key, request, dialect))
    });
    match parsed {
        Ok((key, request, dialect)) => answer(service, key, request, dialect).await,
        Err(problem) => {
            service.journal.note(Event::Request {
                idempotency_key: key,
                reference: None,
                review: None,
                status: Some(problem.status().as_u16()),
                behaviour: None,
            });
            Err(problem)
        }
    }
}

/// The key of a request, if it has one that can be used.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?.to_str().ok()?;
    (!key.is_empty() && key.len() <= 255).then(|| key.to_owned())
}

fn check_key(service: &Service, key: &str, request: &Request) -> Result<(), Problem> {
    match service.reviews.by_key(key) {
        Some(known) if known.request.reference != request.reference => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "This idempotency key belongs to a review of another document.",
        )),
        _ => Ok(()),
    }
}

/// Answers a valid request: as it should be, or as a rule says.
async fn answer(service: &Arc<Service>, key: String, request: Request, dialect: Dialect) -> Result<Response, Problem> {
    let behaviour = service.behaviour(Occasion::Request, &key, &request);
    let note = |review: Option<&Review>, status: Option<StatusCode>| {
        service.journal.note(Event::Request {
            idempotency_key: Some(key.clone()),
            reference: Some(request.reference.clone()),
            review: review.map(|review| review.id.clone()),
            status: status.map(|status| status.as_u16()),
            behaviour: behaviour.as_ref().map(Behaviour::name),
        });
    };
    let refuse = |problem: Problem| {
        note(None, Some(problem.status()));
        Err(problem)
    };
    match behaviour {
        Some(Behaviour::Refuse) => {
            return refuse(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "refused",
                "This service does not take this document.",
            ));
        }
        Some(Behaviour::TooManyRequests { retry_after, as_date }) => {
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Come back later.");
            return refuse(if as_date {
                problem.retry_at(retry_after)
            } else {
                problem.retry_after(retry_after)
            });
        }
        Some(Behaviour::InternalError) => return refuse(Problem::internal(&"told to fail")),
        Some(Behaviour::Rubbish) => {
            note(None, Some(StatusCode::OK));
            return Ok(Html(callback::WEB_PAGE).into_response());
        }
        Some(Behaviour::Redirect) => {
            note(None, Some(StatusCode::TEMPORARY_REDIRECT));
            return Ok(Redirect::temporary("/sign-in").into_response());
        }
        Some(Behaviour::Hang { milliseconds }) => {
            note(None, None);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            return Ok(abandon());
        }
        _ => {}
    }
    let review = match take(service, &key, &request, dialect, behaviour.as_ref()) {
        Ok(review) => review,
        Err(error) => return refuse(Problem::internal(&error)),
    };
    note(Some(&review), Some(StatusCode::ACCEPTED));
    match behaviour {
        Some(Behaviour::LateAnswer { milliseconds }) => {
            begin(service, &review);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
        Some(Behaviour::CallbackBeforeAnswer) => {
            if let Some(work) = begin(service, &review) {
                // It ends early only when the service stops; the answer does not matter then.
                let _ = work.await;
            }
        }
        _ => {
            begin(service, &review);
        }
    }
    if matches!(review.dialect, Dialect::AssemblyAi(_)) {
        return Ok(Json(assemblyai::unfinished(&review)).into_response());
    }
    let location = format!("/v1/reviews/{}", review.id);
    let body = json!({ "id": review.id, "status": review.status });
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(body)).into_response())
}

/// The review that a request begins or repeats, brought up to date.
fn take(
    service: &Arc<Service>,
    key: &str,
    request: &Request,
    dialect: Dialect,
    behaviour: Option<&Behaviour>,
) -> std::io::Result<Review> {
    let new = Review::new(key.to_owned(), request.clone(), dialect);
    if behaviour == Some(&Behaviour::AcceptTwice) {
        return service.reviews.insert(new);
    }
    let known = match service.reviews.insert_unless_known(new)? {
        Ok(new) => return Ok(new),
        Err(known) => known,
    };
    let updated = service.reviews.update(&known.id, |review| {
        review.request.document_url = request.document_url.clone();
        review.request.callback_url = request.callback_url.clone();
        if review.is_settled() && review.may_start_anew() {
            review.start_anew();
        }
    })?;
    Ok(updated.unwrap_or(known))
}

/// Does what is left to do for a review: everything for one that has not begun, the callback for one that is settled and
/// not known to be. Gives the work of a whole review to wait for.
fn begin(service: &Arc<Service>, review: &Review) -> Option<JoinHandle<()>> {
    if review.is_settled() {
        if review.callback.state != Delivery::Delivered {
            service.report(review.id.clone());
        }
        return None;
    }
    service.begin(review.id.clone())
}

/// `GET /v1/reviews/{id}`.
pub(crate) async fn show(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let review = service.reviews.get(&id).ok_or_else(|| Problem::not_found("review"))?;
    let files = callback::list(&service, &review);
    let request = &review.request;
    Ok(Json(json!({
        "id": review.id,
        "status": review.status,
        "reference": request.reference,
        "kind": request.kind,
        "media_type": request.media_type,
        "name": request.name,
        "size": request.size,
        "title": request.title,
        "created_at": review.created_at,
        "completed_at": review.completed_at,
        "error": review.error,
        "files": files,
        "callback": { "state": review.callback.state, "attempts": review.callback.attempts },
    })))
}

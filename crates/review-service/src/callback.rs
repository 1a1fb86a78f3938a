//! Telling the client what came of a review: as Standard Webhooks do, unless the client asked in another's words.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;
use webhook_signature::{ID, SIGNATURE, Signer, TIMESTAMP};

use crate::behaviour::{Behaviour, Occasion};
use crate::dialect::{Dialect, assemblyai, languagetool};
use crate::failure::{Code, Failure};
use crate::journal::Event;
use crate::review::sha256;
use crate::reviews::{Delivery, Review, Status, new_webhook_id};
use crate::service::Service;

/// What is given in place of a file when the service was told to.
pub(crate) const WEB_PAGE: &str =
    "<!doctype html>\n<html lang=\"en\">\n<title>Sign in</title>\n<p>Please sign in to continue.</p>\n</html>\n";

/// How long a client may take to answer.
const TIME_TO_ANSWER: Duration = Duration::from_secs(15);

/// Signs when the signature must be wrong.
const WRONG_SECRET: &[u8] = b"a secret that no client has ever been told";

/// The same, as Standard Webhooks writes it.
const WRONG_KEY: &str = "whsec_bm8gY2xpZW50IGhhcyBldmVyIGJlZW4gdG9sZCB0aGlzIQ==";

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Option<Timestamp>,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    id: &'a str,
    reference: &'a str,
    completed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Failure>,
    files: Vec<Listed>,
}

/// A file as a client is told of it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    role: String,
    name: String,
    url: String,
    media_type: String,
    size: u64,
    sha256: String,
}

/// The files of a review with their links.
pub(crate) fn list(service: &Service, review: &Review) -> Vec<Listed> {
    review
        .files
        .iter()
        .map(|file| {
            let page = file.replaced.then_some(WEB_PAGE.as_bytes());
            Listed {
                role: file.role.clone(),
                name: file.name.clone(),
                url: format!(
                    "{}/v1/reviews/{}/files/{}?token={}",
                    service.origin, review.id, file.role, review.token
                ),
                media_type: file.media_type.clone(),
                size: page.map_or(file.size, |page| page.len() as u64),
                sha256: page.map_or_else(|| file.sha256.clone(), sha256),
            }
        })
        .collect()
}

/// Delivers the callback of a settled review: until it is taken, no longer wanted, or given up.
pub(crate) async fn deliver(service: &Service, id: &str) {
    let Some(review) = service.reviews.get(id) else { return };
    let webhook_id = review.callback.webhook_id;
    if !service.reviews.begin_delivery(&webhook_id) {
        return;
    }
    if let Err(error) = attempts(service, id, &webhook_id).await {
        tracing::error!(review = id, "the callback cannot be delivered: {error}");
    }
    service.reviews.end_delivery(&webhook_id);
}

async fn attempts(service: &Service, id: &str, webhook_id: &str) -> std::io::Result<()> {
    let Some(body) = body(service, id)? else { return Ok(()) };
    let note = |state| {
        service
            .reviews
            .update_callback(id, webhook_id, |callback| callback.state = state)
    };
    note(Delivery::Pending)?;
    let mut waits = service.limits.callback_waits.iter().copied();
    loop {
        // Read anew: a repeated request may have brought another address, or another event.
        let Some(review) = service
            .reviews
            .get(id)
            .filter(|review| review.callback.webhook_id == webhook_id)
        else {
            return Ok(());
        };
        let behaviour = service.behaviour(Occasion::Callback, &review.idempotency_key, &review.request);
        match &behaviour {
            Some(Behaviour::CallbackNever) => return Ok(()),
            Some(Behaviour::CallbackLate { milliseconds }) => {
                tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            }
            _ => {}
        }
        if behaviour == Some(Behaviour::CallbackForAnother) {
            let body = for_another(service, &review, &body)?;
            another_event(service, &review, &body, behaviour.as_ref()).await?;
        }
        let mut state = attempt(service, &review, &body, behaviour.as_ref()).await?;
        if behaviour == Some(Behaviour::CallbackTwice) && state == Some(Delivery::Delivered) {
            attempt(service, &review, &body, behaviour.as_ref()).await?;
        }
        let wait = waits.next();
        if state.is_none() && wait.is_none() {
            state = Some(Delivery::GivenUp);
        }
        if let Some(state) = state {
            note(state)?;
            if state == Delivery::Delivered {
                afterwards(service, &review, &body, behaviour.as_ref()).await?;
            }
            return Ok(());
        }
        tokio::time::sleep(wait.unwrap_or_default()).await;
    }
}

/// What a service that misbehaves does after its callback was accepted.
async fn afterwards(
    service: &Service,
    review: &Review,
    body: &str,
    behaviour: Option<&Behaviour>,
) -> std::io::Result<()> {
    match behaviour {
        Some(Behaviour::CallbackAgain { milliseconds }) => {
            tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
            another_event(service, review, body, behaviour).await
        }
        Some(Behaviour::CallbackOutOfOrder) => another_event(service, review, &older(review)?, behaviour).await,
        _ => Ok(()),
    }
}

/// The callback, as if it were about the oldest other review, or about one that nobody asked for.
fn for_another(service: &Service, review: &Review, body: &str) -> std::io::Result<String> {
    let others = service
        .reviews
        .ids()
        .into_iter()
        .filter_map(|id| service.reviews.get(&id));
    let reference = others
        .map(|other| other.request.reference)
        .find(|reference| *reference != review.request.reference)
        .unwrap_or_else(|| Uuid::now_v7().to_string());
    let mut body: Value = serde_json::from_str(body)?;
    match review.dialect {
        Dialect::LanguageTool => body["reference"] = reference.into(),
        Dialect::Own | Dialect::AssemblyAi(_) => body["data"]["reference"] = reference.into(),
    }
    Ok(body.to_string())
}

/// What could have been said of a review an hour before it ended.
fn older(review: &Review) -> std::io::Result<String> {
    let earlier = review.completed_at.map(|at| at - Duration::from_secs(3600));
    let failure = Failure::new(
        Code::Internal,
        "The review service had a problem of its own. Try again later.",
    );
    let payload = Payload {
        kind: "review.failed",
        timestamp: earlier,
        data: Data {
            id: &review.id,
            reference: &review.request.reference,
            completed_at: earlier,
            error: Some(&failure),
            files: Vec::new(),
        },
    };
    Ok(serde_json::to_string(&payload)?)
}

/// The body of the callback, which stays the same over its attempts.
fn body(service: &Service, id: &str) -> std::io::Result<Option<String>> {
    let Some(review) = service.reviews.get(id) else {
        return Ok(None);
    };
    let mut omitted = Vec::new();
    let mut replaced = Vec::new();
    let mut disguised = Vec::new();
    for file in &review.files {
        let occasion = Occasion::Listing(&file.role);
        match service.behaviour(occasion, &review.idempotency_key, &review.request) {
            Some(Behaviour::FileOmitted { .. }) => omitted.push(file.role.clone()),
            Some(Behaviour::FileWrongType { .. }) => replaced.push(file.role.clone()),
            Some(Behaviour::FileWrongHash { .. }) => disguised.push(file.role.clone()),
            _ => {}
        }
    }
    let review = service.reviews.update(id, |review| {
        for file in &mut review.files {
            file.replaced = replaced.contains(&file.role);
        }
    })?;
    let Some(review) = review else { return Ok(None) };
    let mut files = list(service, &review);
    files.retain(|file| !omitted.contains(&file.role));
    for file in &mut files {
        if disguised.contains(&file.role) {
            file.sha256 = sha256(b"another file");
        }
    }
    let kind = if review.status == Status::Completed {
        "review.completed"
    } else {
        "review.failed"
    };
    match review.dialect {
        Dialect::Own => {}
        Dialect::LanguageTool => return Ok(Some(languagetool::report(&review, &files)?)),
        Dialect::AssemblyAi(_) => return Ok(Some(assemblyai::report(&review).to_string())),
    }
    let payload = Payload {
        kind,
        timestamp: review.completed_at,
        data: Data {
            id: &review.id,
            reference: &review.request.reference,
            completed_at: review.completed_at,
            error: review.error.as_ref(),
            files,
        },
    };
    Ok(Some(serde_json::to_string(&payload)?))
}

/// The header fields of Standard Webhooks.
fn standard_webhook(
    service: &Service,
    wrong: bool,
    id: &str,
    timestamp: i64,
    body: &str,
) -> std::io::Result<HeaderMap> {
    let signature = if wrong {
        let signer: Signer = WRONG_KEY.parse().map_err(std::io::Error::other)?;
        signer.sign(id, timestamp, body.as_bytes())
    } else {
        service.signer.sign(id, timestamp, body.as_bytes())
    };
    let value = |text: &str| HeaderValue::from_str(text).map_err(std::io::Error::other);
    Ok(HeaderMap::from_iter([
        (HeaderName::from_static(ID), value(id)?),
        (HeaderName::from_static(TIMESTAMP), value(&timestamp.to_string())?),
        (HeaderName::from_static(SIGNATURE), value(&signature)?),
    ]))
}

/// One attempt; what it decides about the callback, if anything.
async fn attempt(
    service: &Service,
    review: &Review,
    body: &str,
    behaviour: Option<&Behaviour>,
) -> std::io::Result<Option<Delivery>> {
    let webhook_id = &review.callback.webhook_id;
    let status = post(service, review, webhook_id, body, behaviour).await?;
    let review = service
        .reviews
        .update_callback(&review.id, webhook_id, |callback| callback.attempts += 1)?;
    if let Some(review) = review {
        service.journal.note(Event::Callback {
            reference: review.request.reference,
            review: review.id,
            webhook_id: webhook_id.clone(),
            attempt: review.callback.attempts,
            status,
            behaviour: behaviour.map(Behaviour::name),
        });
    }
    Ok(match status {
        Some(200..=299) => Some(Delivery::Delivered),
        Some(410) => Some(Delivery::Stopped),
        _ => None,
    })
}

/// Delivers an event that should not be, once, whatever comes of it.
async fn another_event(
    service: &Service,
    review: &Review,
    body: &str,
    behaviour: Option<&Behaviour>,
) -> std::io::Result<()> {
    let webhook_id = new_webhook_id();
    let status = post(service, review, &webhook_id, body, behaviour).await?;
    service.journal.note(Event::Callback {
        reference: review.request.reference.clone(),
        review: review.id.clone(),
        webhook_id,
        attempt: 1,
        status,
        behaviour: behaviour.map(Behaviour::name),
    });
    Ok(())
}

/// Signs and sends; the status of the answer, if there is one.
async fn post(
    service: &Service,
    review: &Review,
    webhook_id: &str,
    body: &str,
    behaviour: Option<&Behaviour>,
) -> std::io::Result<Option<u16>> {
    let mut timestamp = Timestamp::now().as_second();
    if behaviour == Some(&Behaviour::CallbackOldTimestamp) {
        timestamp -= 3600;
    }
    let wrong = behaviour == Some(&Behaviour::CallbackWrongSignature);
    let signature = match &review.dialect {
        Dialect::Own => standard_webhook(service, wrong, webhook_id, timestamp, body)?,
        Dialect::LanguageTool => {
            let secret = if wrong {
                WRONG_SECRET
            } else {
                service.webhook_secret.as_bytes()
            };
            languagetool::signature(secret, webhook_id, timestamp, body)
        }
        Dialect::AssemblyAi(webhook) => webhook.headers(wrong),
    };
    let answer = service
        .client
        .post(review.request.callback_url.clone())
        .timeout(TIME_TO_ANSWER)
        .header(CONTENT_TYPE, "application/json")
        .headers(signature)
        .body(body.to_owned())
        .send()
        .await;
    Ok(answer.ok().map(|response| response.status().as_u16()))
}

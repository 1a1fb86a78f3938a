//! The OpenAPI 3.1 description of the public HTTP interface, generated from the types of this crate.
//!
//! The routes are served by several components, none of which knows all of them; here is the one place where they stand
//! side by side. Each function of the modules below stands for a route and is never called: it carries the description.

#![allow(
    dead_code,
    reason = "the functions stand for routes; what is used is what their attribute generates"
)]

mod callers;
mod description;
mod evaluators;
mod operators;
mod problems;
mod teachers;

use std::path::PathBuf;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use problems::Responses;

/// The description as JSON text, ending in a newline: exactly what is committed.
pub fn json() -> String {
    // Sorted members, whatever features of `serde_json` the build happens to have.
    let sorted = sort(serde_json::to_value(Description::openapi()).unwrap_or_default());
    format!("{sorted:#}\n")
}

/// Where the description is committed, on the machine that built this.
pub fn published_path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json"))
}

fn sort(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.into_iter().collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(members.into_iter().map(|(name, value)| (name, sort(value))).collect())
        }
        Value::Array(array) => Value::Array(array.into_iter().map(sort).collect()),
        other => other,
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dossier",
        description = "Carries a teacher's portfolio, lesson plans and classroom videos, from upload through review to an \
                       evaluator's screen.\n\nErrors are problem details (RFC 9457). Times are RFC 3339 in UTC, ids are \
                       UUIDv7, sizes are bytes. Lists come in pages: pass `next` of one page as `after` for the following \
                       one. Members that do not apply are absent; clients ignore members that they do not know.\n\nWhat a \
                       caller may not see does not exist: the answer is 404.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "Where this description was found")),
    tags(
        (name = "teachers", description = "Handing in, and seeing what becomes of it. Scope `submit`."),
        (name = "evaluators", description = "Reading what is ready. Scope `evaluate`."),
        (name = "operators", description = "Queues, histories, dead letters and health. Scope `operate`."),
        (name = "callers", description = "Called by other services: the bucket and the third parties."),
        (name = "description", description = "What describes this interface."),
    ),
    paths(
        teachers::create_submission,
        teachers::list_submissions,
        teachers::get_submission,
        teachers::rename_submission,
        teachers::assign_evaluators,
        teachers::withdraw_submission,
        teachers::sign,
        teachers::replace_document,
        teachers::renew_upload,
        teachers::notice_upload,
        callers::notify,
        callers::call_back,
        evaluators::list_catalog_submissions,
        evaluators::get_catalog_submission,
        evaluators::get_normalized_document,
        evaluators::get_file,
        operators::list_queues,
        operators::pause,
        operators::resume,
        operators::get_history,
        operators::list_dead_letters,
        operators::get_dead_letter,
        operators::redrive_many,
        operators::discard,
        operators::rebuild,
        operators::request_erasure,
        operators::get_erasure,
        operators::renormalize,
        operators::get_metrics,
        operators::redrive,
        operators::get_liveness,
        operators::get_readiness,
        description::get_description,
        description::get_normalized_document_schema,
    ),
    components(schemas(portfolio::Role)),
    modifiers(&Security, &Responses),
)]
struct Description;

/// How callers show who they are.
struct Security;

impl Modify for Security {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let components = description.components.get_or_insert_with(Default::default);
        let bearer = |text: &str| {
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .description(Some(text))
                    .build(),
            )
        };
        components.add_security_scheme(
            "token",
            bearer("A JSON Web Token (EdDSA, ES256 or RS256) whose `scope` names what it allows: `submit`, `evaluate`, `operate`."),
        );
        components.add_security_scheme(
            "notification",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("The token that the bucket was given."))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "signature",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "webhook-signature",
                "A signature as Standard Webhooks describes it (https://www.standardwebhooks.com/), over the fields \
                 `webhook-id` and `webhook-timestamp` and the body.",
            ))),
        );
    }
}

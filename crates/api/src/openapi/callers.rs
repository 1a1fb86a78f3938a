//! The routes that other services call.

use super::problems::{CallbackProblems, NotificationProblems};
use crate::notifications::Taken;

/// Take a bucket's event notification
///
/// The S3 event format, as S3, MinIO and their kin post it, or in the envelopes of Amazon SNS and Amazon EventBridge.
/// Whoever posts shows the bucket's token; a message of SNS is signed instead, and its topic must be one that is expected.
/// Objects that are not uploads of this application are ignored and counted.
#[utoipa::path(
    post,
    path = "/v1/notifications/bucket",
    tag = "callers",
    security(("notification" = [])),
    request_body(content = serde_json::Value, description = "S3 event notification", content_type = "application/json"),
    responses(
        (status = 200, description = "Taken", body = Taken),
        NotificationProblems,
    )
)]
fn notify() {}

/// Take a third party's callback
///
/// Each third party signs in its own way, which its adapter names: as Standard Webhooks describes it (the header fields
/// here), with a keyed hash in a field of its own, or with a secret that it was told. The body is in the third party's own
/// format, and the query is what it was asked to send back.
#[utoipa::path(
    post,
    path = "/v1/callbacks/{vendor}",
    tag = "callers",
    security(("signature" = [])),
    params(
        ("vendor" = String, Path, description = "The third party's short name", pattern = "^[a-z0-9-]{1,64}$"),
        ("webhook-id" = Option<String>, Header, description = "The message's id: the same whenever it is sent again"),
        ("webhook-timestamp" = Option<String>, Header, description = "When it was sent, in seconds since the epoch"),
        ("webhook-signature" = Option<String>, Header, description = "Signatures, separated by spaces"),
    ),
    request_body(content = serde_json::Value, description = "The third party's message", content_type = "application/json"),
    responses(
        (status = 204, description = "Taken"),
        CallbackProblems,
    )
)]
fn call_back() {}

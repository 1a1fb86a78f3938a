//! What has become of submissions.

use std::time::Duration;

use api::etag::EntityTag;
use api::{PageRequest, Problem, prefer};
use http::header::IF_NONE_MATCH;
use http::{HeaderMap, HeaderName, StatusCode};
use spin_edge::{Reply, json, ledger_failed, set, versioned_json};
use spin_sdk::http::Request;

use crate::teacher::Teacher;
use crate::view;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

pub(crate) async fn list(teacher: &Teacher, request: &Request) -> Result<Reply, Problem> {
    let page = PageRequest::from_query(request.uri().query())?;
    let after = page.after.as_ref().map(api::Cursor::position);
    let owner = teacher.permit.caller.owner.to_string();
    let read = || {
        let ledger = teacher.client.ledger();
        let call = ledger.submissions(&owner, after, page.limit);
        teacher.client.run(call)
    };
    let mut found = read().await.map_err(ledger_failed)?;
    let mut expired = false;
    for record in &found.items {
        expired |= teacher.expire(record).await?;
    }
    if expired {
        found = read().await.map_err(ledger_failed)?;
    }
    let items = found.items.iter().map(view::summary).collect::<Result<_, _>>()?;
    json(
        StatusCode::OK,
        &api::Page {
            items,
            next: found.next.map(api::Cursor::new),
        },
    )
}

/// One submission; if the caller has this version and would wait for another, once there is one.
pub(crate) async fn show(teacher: &Teacher, request: &Request, submission: &str) -> Result<Reply, Problem> {
    let mut record = teacher.own(submission).await?;
    let wait = prefer::wait(values(request.headers(), &PREFER));
    if let Some(seconds) = wait
        && names(request.headers(), record.version)
    {
        let limit = Duration::from_secs(seconds);
        let changed = teacher.client.wait_for_change(&record.id, record.version, limit);
        changed.await.map_err(ledger_failed)?;
        record = teacher.own(submission).await?;
    }
    // The links in the answer are new each time, but what it says changes only with the version; how much of an upload has
    // arrived is as new as the answer.
    let body = serde_json::to_vec(&teacher.view(&record).await?).map_err(Problem::internal)?;
    let mut reply = versioned_json(request.headers(), record.version, body)?;
    if let Some(seconds) = wait {
        set(&mut reply, PREFERENCE_APPLIED, &format!("wait={seconds}"))?;
    }
    Ok(reply)
}

/// Whether the caller has this version already.
fn names(headers: &HeaderMap, version: u64) -> bool {
    let tag = EntityTag::new(version);
    values(headers, &IF_NONE_MATCH).any(|value| tag.is_named_by(value))
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

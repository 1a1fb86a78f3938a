//! Pages, cursors, entity tags, and what problems say to whom.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use api::etag::EntityTag;
use api::page::query_parameter;
use api::submissions::SubmissionState;
use api::{Code, Cursor, PageRequest, Problem, State};
use proptest::prelude::*;

#[test]
fn a_problem_tells_the_caller_one_thing_and_the_log_another() {
    let problem = Problem::unavailable(7, "connect redis://10.0.0.3:6379: refused");
    let body = String::from_utf8(problem.to_json()).unwrap();
    assert_eq!(
        body,
        "{\"type\":\"https://dossier-project.github.io/problems/unavailable\",\"status\":503,\"title\":\"Not available at \
         the moment\",\"detail\":\"Nothing is lost. Try again in a moment.\",\"retry_after\":7}"
    );
    assert_eq!(problem.cause(), Some("connect redis://10.0.0.3:6379: refused"));
    assert!(problem.to_string().contains("10.0.0.3"));
    let headers: Vec<_> = problem
        .headers()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        headers,
        [
            "content-type: application/problem+json",
            "cache-control: no-store",
            "retry-after: 7"
        ]
    );
}

#[test]
fn no_problem_is_a_success_and_every_type_is_its_own() {
    let mut types: Vec<_> = Code::ALL.iter().map(|code| code.type_uri()).collect();
    for code in Code::ALL {
        assert!(code.status().is_client_error() || code.status().is_server_error());
        assert_eq!(code.type_uri(), format!("{}{}", api::problem::TYPE_BASE, code.as_str()));
    }
    types.sort_unstable();
    types.dedup();
    assert_eq!(types.len(), Code::ALL.len());
}

#[test]
fn page_requests_are_read_from_queries() {
    let read = |query| PageRequest::from_query(query);
    assert_eq!(read(None).unwrap(), PageRequest { after: None, limit: 50 });
    let cursor = Cursor::new("2026-11-24/7");
    let query = format!("queue=transfer&limit=1000&after={cursor}");
    assert_eq!(
        read(Some(&query)).unwrap(),
        PageRequest {
            after: Some(cursor),
            limit: 200
        }
    );
    for query in [
        "limit=0",
        "limit=-1",
        "limit=many",
        "limit=",
        "after=%20",
        "after=",
        "after=___8",
    ] {
        assert_eq!(read(Some(query)).unwrap_err().code(), Code::InvalidParameter, "{query}");
    }
    assert_eq!(
        query_parameter(Some("a=1&queue=trans%66er&queue=x"), "queue").as_deref(),
        Some("transfer")
    );
}

#[test]
fn entity_tags_are_compared_weakly() {
    let tag = EntityTag::new(42);
    assert_eq!(tag.to_string(), "\"42\"");
    for named in ["\"42\"", "W/\"42\"", "*", "\"a,b\", W/\"42\"", " \"1\",\"42\" "] {
        assert!(tag.is_named_by(named), "{named}");
    }
    for other in ["", "42", "\"4\"", "\"42", "\"4\", \"2\"", "W/\"421\"", "\"1\"42\"2\""] {
        assert!(!tag.is_named_by(other), "{other}");
    }
    assert_eq!(
        EntityTag::new("a \"b\"\r\nc").to_string(),
        "\"abc\"",
        "nothing can break out of the field"
    );
}

#[test]
fn a_submission_stands_where_its_documents_stand() {
    use State::{AwaitingUpload, Failed, InReview, Ready};
    assert_eq!(SubmissionState::of([Ready, Ready]), SubmissionState::Ready);
    assert_eq!(SubmissionState::of([Ready, Failed, Ready]), SubmissionState::Failed);
    assert_eq!(SubmissionState::of([Failed, InReview]), SubmissionState::InProgress);
    assert_eq!(
        SubmissionState::of([InReview, Failed, Ready]),
        SubmissionState::InProgress
    );
    assert_eq!(
        SubmissionState::of([InReview, AwaitingUpload, Failed]),
        SubmissionState::AwaitingUpload
    );
}

proptest! {
    #[test]
    fn a_cursor_is_read_as_it_was_made(position in "\\PC{1,100}") {
        let cursor = Cursor::new(position);
        prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    }

    #[test]
    fn any_query_is_answered(query in "\\PC{0,80}", tag in "\\PC{0,40}") {
        let _ = PageRequest::from_query(Some(&query));
        let _ = query_parameter(Some(&query), "queue");
        let tag = EntityTag::new(tag);
        let _ = tag.is_named_by(&query);
        let list = format!("\"other\", W/{tag}");
        prop_assert!(tag.is_named_by(&list), "{} does not name {}", list, tag);
    }
}

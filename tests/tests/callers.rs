//! Who may do what: everybody else gets a clear refusal.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use dev_stack::keys::Caller as Claims;
use end_to_end::Rig;
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_may_not_is_told_why() {
    let rig = Rig::start().await;
    let declaration = json!({ "title": "T", "documents": [{ "name": "a.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 1 }] });
    let submission = rig.teacher.post("/v1/submissions", &declaration).await.json();
    let path = format!("/v1/submissions/{}", submission["id"].as_str().unwrap());

    let keys = rig.stack.keys();
    let colleague = rig
        .teacher
        .with_token(&keys.token(&Claims::new("somebody-else", "B", "submit")).unwrap());
    let expired = Claims {
        seconds: -3600,
        ..Claims::new("teacher", "A", "submit")
    };
    let expired = rig.teacher.with_token(&keys.token(&expired).unwrap());
    let forged = rig.teacher.with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZWFjaGVyIn0.");

    let cases = [
        (&rig.stranger, path.as_str(), 401, "missing-token"),
        (&expired, &path, 401, "expired-token"),
        (&forged, &path, 401, "invalid-token"),
        (&rig.evaluator, &path, 403, "insufficient-scope"),
        (&rig.operator, &path, 403, "insufficient-scope"),
        (&colleague, &path, 404, "not-found"),
        (
            &rig.teacher,
            "/v1/submissions/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11",
            404,
            "not-found",
        ),
        (&rig.teacher, "/v1/submissions/no-id", 404, "not-found"),
        (&rig.teacher, "/v1/catalog/submissions", 403, "insufficient-scope"),
        (&rig.teacher, "/v1/queues", 403, "insufficient-scope"),
        (&rig.evaluator, "/v1/queues", 403, "insufficient-scope"),
        (&rig.stranger, "/v1/queues", 401, "missing-token"),
        (&rig.stranger, "/v1/catalog/submissions", 401, "missing-token"),
        (
            &rig.evaluator,
            "/v1/catalog/documents/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11",
            404,
            "not-found",
        ),
        (&rig.teacher, "/v1/submissions?limit=0", 400, "invalid-parameter"),
        (&rig.teacher, "/v1/submissions?after=!", 400, "invalid-parameter"),
        (&rig.operator, "/v1/dead-letters?queue=none", 400, "invalid-parameter"),
        (&rig.stranger, "/v1/nothing", 404, "not-found"),
    ];
    for (caller, path, status, problem) in cases {
        let answer = caller.get(path).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{path}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(answer.problem(), problem, "{path}");
        assert_eq!(
            answer.header("www-authenticate").is_some(),
            status == 401 || status == 403,
            "{path}"
        );
    }
    let colleague_uploads = colleague
        .send(
            Method::POST,
            &format!(
                "{path}/documents/{}/uploaded",
                submission["documents"][0]["id"].as_str().unwrap()
            ),
            &[],
            Vec::new(),
        )
        .await;
    assert_eq!(colleague_uploads.status, StatusCode::NOT_FOUND);
    rig.end().await;
}

//! Pages of other origins use the interface where they are named, and not otherwise.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use end_to_end::Rig;
use reqwest::{Client, Method, Response};

const NAMED: &str = "https://portal.example";

/// A request as a browser sends it for a page of some origin.
async fn ask(rig: &Rig, method: Method, path: &str, origin: &str) -> Response {
    let url = rig.stack.application().url().join(path).unwrap();
    let mut request = Client::new()
        .request(method.clone(), url)
        .bearer_auth(&rig.stack.tokens().teacher)
        .header("origin", origin);
    if method == Method::OPTIONS {
        request = request
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, content-type");
    }
    request.send().await.unwrap()
}

fn allowed(answer: &Response) -> Option<&str> {
    let field = answer.headers().get("access-control-allow-origin");
    field.map(|origin| origin.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_of_named_origins_may_read_answers() {
    let rig = Rig::with(|options, _| {
        let named = format!("{NAMED} https://second.example");
        options.variables.insert("cors_origins".into(), named);
    })
    .await;
    for path in ["v1/submissions", "v1/catalog/submissions", "v1/queues"] {
        let preflight = ask(&rig, Method::OPTIONS, path, NAMED).await;
        assert_eq!(
            (preflight.status().as_u16(), allowed(&preflight)),
            (204, Some(NAMED)),
            "{path}"
        );
        let fields = preflight.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(
            fields.contains("authorization") && fields.contains("idempotency-key"),
            "{fields}"
        );
        for answer in [
            &preflight,
            &ask(&rig, Method::GET, path, NAMED).await,
            &ask(&rig, Method::GET, path, "https://second.example").await,
        ] {
            assert!(allowed(answer).is_some(), "{path}");
            assert_eq!(answer.headers()["vary"], "origin");
            assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        }
        for other in [
            "https://evil.example",
            "https://portal.example.evil.example",
            "http://portal.example",
            "https://portal.example:8443",
            "null",
            "*",
            "",
        ] {
            let preflight = ask(&rig, Method::OPTIONS, path, other).await;
            assert_eq!(
                (preflight.status().as_u16(), allowed(&preflight)),
                (405, None),
                "{path} for {other:?}"
            );
            let answer = ask(&rig, Method::GET, path, other).await;
            assert_eq!(allowed(&answer), None, "{path} for {other:?}");
        }
    }
    rig.end().await;
}

/// Without a list nobody is named, not even by a star.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_list_no_page_of_another_origin_may() {
    let rig = Rig::start().await;
    let answer = ask(&rig, Method::GET, "v1/submissions", NAMED).await;
    assert_eq!((answer.status().as_u16(), allowed(&answer)), (200, None));
    rig.end().await;
}

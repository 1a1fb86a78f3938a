//! The table of who may do what, walked through; and what separates tenants and evaluators.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::collections::BTreeSet;
use std::fs;

use access::table::{Answer, Door};
use access::{Owner, Relation, Rule, Scope, Scopes, TABLE};
use end_to_end::{Caller, Rig, eventually, project};
use portfolio::Evaluators;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PLAN: &[u8] = b"Photosynthesis is how plants makes sugar out of light.\n";

/// The application, with tenants.
async fn rig() -> Rig {
    Rig::with(|options, _| {
        options.variables.insert("token_tenant_claim".into(), "school".into());
    })
    .await
}

/// A person of a tenant, with scopes.
struct Person {
    caller: Caller,
    who: access::Caller,
}

fn person(rig: &Rig, tenant: &str, subject: &str, scopes: &[Scope]) -> Person {
    let words: Vec<_> = scopes.iter().map(|scope| scope.word()).collect();
    let claims = json!({
        "iss": dev_stack::keys::ISSUER, "aud": dev_stack::keys::AUDIENCE, "exp": 4_000_000_000_u64,
        "sub": subject, "school": tenant, "scope": words.join(" "),
    });
    let token = rig.stack.keys().sign(&claims).unwrap();
    Person {
        caller: rig.stranger.with_token(&token),
        who: access::Caller {
            owner: Owner {
                tenant: tenant.into(),
                subject: subject.into(),
            },
            name: None,
            scopes: scopes.iter().copied().collect(),
        },
    }
}

fn declaration(evaluators: &Value) -> Value {
    json!({
        "title": "Photosynthesis",
        "evaluators": evaluators,
        "documents": [{ "name": "plan.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": PLAN.len() }],
    })
}

/// Hands in one document, and gives back the ids of the submission and of the document.
async fn hand_in(rig: &Rig, teacher: &Caller, evaluators: &Value) -> (String, String) {
    let created = teacher.post("/v1/submissions", &declaration(evaluators)).await;
    assert_eq!(created.status, StatusCode::CREATED, "{:?}", created.json());
    let created = created.json();
    let document = &created["documents"][0];
    assert_eq!(rig.put(&document["upload"], PLAN.into()).await, StatusCode::OK);
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    (id(&created), id(document))
}

async fn is_ready(teacher: &Caller, submission: &str) {
    let path = format!("/v1/submissions/{submission}");
    eventually(&format!("{submission} is ready"), async || {
        (teacher.get(&path).await.json()["state"] == "ready").then_some(())
    })
    .await;
}

/// Every operation of the description, by method and path.
fn described() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(project().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let operations = |(path, item): (&String, &Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        let path = path.clone();
        methods
            .into_iter()
            .map(|method| method.to_uppercase())
            .filter(|method| {
                method.parse::<Method>().is_ok_and(|method| {
                    method.is_safe() || method.is_idempotent() || method == Method::POST || method == Method::PATCH
                })
            })
            .map(move |method| (method, path.clone()))
            .collect::<Vec<_>>()
    };
    document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(operations)
        .collect()
}

#[test]
fn every_route_that_is_described_is_in_the_table_and_no_other() {
    let table: BTreeSet<_> = TABLE
        .iter()
        .map(|rule| (rule.method.to_owned(), rule.path.to_owned()))
        .collect();
    assert_eq!(described(), table);
}

/// A body that is good enough to come to the decision, and not to do harm: nothing here is changed by it.
fn body(rule: &Rule) -> Option<Value> {
    Some(match (rule.method, rule.path) {
        ("POST", "/v1/submissions") => json!({ "title": "T" }),
        ("PATCH", _) => json!({ "title": "Another" }),
        (_, path) if path.ends_with("/evaluators") => json!({ "evaluators": [] , "unknown": 1 }),
        (_, path) if path.ends_with("/sign") => json!({ "method": "PUT", "key": "k" }),
        (_, path) if path.ends_with("/replacement") => {
            json!({ "name": "b.txt", "kind": "lesson-plan", "media_type": "text/plain", "size": 1 })
        }
        ("POST", path)
            if path.contains("/dead-letters/")
                || path.ends_with("/pause")
                || path.ends_with("/rebuild")
                || path.ends_with("/renormalize") =>
        {
            json!({ "unknown": 1 })
        }
        _ => return None,
    })
}

async fn ask(caller: &Caller, rule: &Rule, submission: &str, document: &str) -> (u16, String, Vec<u8>) {
    let path = rule
        .path
        .replace("{submission}", submission)
        .replace("{document}", document)
        .replace("{queue}", "transfer")
        .replace("{role}", "source")
        .replace("{vendor}", "review");
    let body = body(rule);
    let headers: &[_] = if body.is_some() {
        &[("content-type", "application/json")]
    } else {
        &[]
    };
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let answer = caller.send(rule.method.parse().unwrap(), &path, headers, body).await;
    (answer.status.as_u16(), answer.problem(), answer.body)
}

/// Every route × every role × own, same tenant, other tenant; open to all evaluators and assigned to one.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_caller_as_the_table_says() {
    let rig = rig().await;
    let ada = person(&rig, "north", "ada", &[Scope::Submit]);
    let everybody = Evaluators::All;
    let eve_alone = Evaluators::only(["eve".to_owned()]).unwrap();
    let mut things = Vec::new();
    for evaluators in [everybody, eve_alone] {
        let (submission, document) = hand_in(&rig, &ada.caller, &json!(evaluators)).await;
        is_ready(&ada.caller, &submission).await;
        things.push((evaluators, submission, document));
    }
    // A dead letter, so that those who may see it are not told that there is none.
    rig.misbehave(&json!([{ "do": "refuse" }])).await;
    let (submission, dead) = hand_in(&rig, &ada.caller, &json!("all")).await;
    let path = format!("/v1/submissions/{submission}");
    eventually("it is refused", async || {
        (ada.caller.get(&path).await.json()["state"] == "failed").then_some(())
    })
    .await;

    // A receipt, for the same reason.
    let (erased, _) = hand_in(&rig, &ada.caller, &json!("all")).await;
    let wanted = json!({ "submission": erased, "reason": "So that there is a receipt." });
    let odile = person(&rig, "north", "odile", &[Scope::Operate]);
    let answer = odile.caller.post("/v1/erasures", &wanted).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);

    let roles: [&[Scope]; 5] = [
        &[],
        &[Scope::Submit],
        &[Scope::Evaluate],
        &[Scope::Operate],
        &Scope::ALL,
    ];
    let people = [
        ("north", "ada"),
        ("north", "ben"),
        ("north", "eve"),
        ("south", "ada"),
        ("south", "eve"),
    ];
    let mut asked = 0;
    for rule in TABLE {
        for (evaluators, submission, document) in &things {
            let document = if rule.path.contains("dead-letters") {
                &dead
            } else {
                document
            };
            let submission = if rule.path == "/v1/erasures/{submission}" {
                &erased
            } else {
                submission
            };
            let (status, problem, _) = ask(&rig.stranger, rule, submission, document).await;
            match rule.door {
                Door::Open => assert_eq!(status, 200, "{} {}", rule.method, rule.path),
                Door::Service(_) => assert_eq!(status, 401, "{} {}", rule.method, rule.path),
                Door::Token(_) => assert_eq!((status, problem.as_str()), (401, "missing-token"), "{}", rule.path),
            }
            for scopes in roles {
                for (tenant, subject) in people {
                    let Person { caller, who } = person(&rig, tenant, subject, scopes);
                    let relation = Relation::of(&who, &ada.who.owner, evaluators);
                    let (status, problem, body) = ask(&caller, rule, submission, document).await;
                    asked += 1;
                    let said = format!(
                        "{} {} as {subject} of {tenant} with {scopes:?} got {status} {problem} for {evaluators}",
                        rule.method, rule.path
                    );
                    if matches!(rule.door, Door::Service(_)) {
                        assert_eq!(status, 401, "{said}");
                        continue;
                    }
                    let about = rule.is_about_one().then_some(relation);
                    match rule.answer(Some(who.scopes), about) {
                        Answer::Served => assert!(![401, 403, 404].contains(&status) && status < 500, "{said}"),
                        Answer::Unauthorized => assert_eq!(status, 401, "{said}"),
                        Answer::Forbidden => {
                            assert_eq!((status, problem.as_str()), (403, "insufficient-scope"), "{said}");
                        }
                        Answer::NotFound => assert_eq!((status, problem.as_str()), (404, "not-found"), "{said}"),
                    }
                    if rule.method == "GET" && ["/v1/submissions", "/v1/catalog/submissions"].contains(&rule.path) {
                        let is_in_it = String::from_utf8_lossy(&body).contains(submission.as_str());
                        let sees = rule.answer(Some(who.scopes), Some(relation)) == Answer::Served;
                        assert_eq!(is_in_it, sees, "{said}");
                    }
                }
            }
        }
    }
    println!("{asked} requests were answered as the table says");
    let none = Scopes::default();
    assert_eq!(TABLE[0].answer(Some(none), None), Answer::Forbidden);

    // A token that says nothing of a tenant is good for nothing.
    for caller in [&rig.teacher, &rig.evaluator, &rig.operator] {
        for path in ["/v1/submissions", "/v1/catalog/submissions", "/v1/queues"] {
            let answer = caller.get(path).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::UNAUTHORIZED, "invalid-token")
            );
        }
    }
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_name_in_another_tenant_is_somebody_else() {
    let rig = rig().await;
    let [north, south] = ["north", "south"].map(|tenant| person(&rig, tenant, "ada", &[Scope::Submit]).caller);
    let create = async |caller: &Caller| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "monday")];
        let body = declaration(&json!("all")).to_string().into_bytes();
        let answer = caller.send(Method::POST, "/v1/submissions", &headers, body).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let (theirs, others) = (create(&north).await, create(&south).await);
    assert_ne!(theirs, others, "an idempotency key is a tenant's own");
    assert_eq!(create(&north).await, theirs);

    // Redis is lost. What is rebuilt belongs to whom it belonged, in its tenant, and is for whom it was.
    let (assigned, document) = hand_in(&rig, &north, &json!(["eve"])).await;
    is_ready(&north, &assigned).await;
    let mut redis = redis::Client::open(rig.stack.redis().url())
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let () = redis::cmd("FLUSHALL").query_async(&mut redis).await.unwrap();
    assert_eq!(
        north.get(&format!("/v1/submissions/{theirs}")).await.status,
        StatusCode::NOT_FOUND
    );
    let operator = person(&rig, "anywhere", "op", &[Scope::Operate]).caller;
    let rebuilt = operator.post("/v1/rebuild", &json!({})).await.json();
    assert_eq!(rebuilt["restored"], 3, "{rebuilt:#}");
    for (caller, id, status) in [
        (&north, &theirs, 200),
        (&south, &theirs, 404),
        (&south, &others, 200),
        (&north, &others, 404),
    ] {
        assert_eq!(
            caller.get(&format!("/v1/submissions/{id}")).await.status.as_u16(),
            status
        );
    }
    let again = north.get(&format!("/v1/submissions/{assigned}")).await.json();
    assert_eq!(again["evaluators"], json!(["eve"]));
    let eve = person(&rig, "north", "eve", &[Scope::Evaluate]).caller;
    assert_eq!(
        eve.get(&format!("/v1/catalog/documents/{document}")).await.status,
        StatusCode::OK
    );
    rig.end().await;
}

/// Who may read a submission is said before it is ready, and afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn evaluators_are_assigned_by_the_teacher_or_an_operator() {
    let rig = Rig::with(|options, _| {
        options.variables.insert("token_tenant_claim".into(), "school".into());
        options.variables.insert("default_evaluators".into(), "nobody".into());
    })
    .await;
    let ada = person(&rig, "north", "ada", &[Scope::Submit]).caller;
    let operator = person(&rig, "elsewhere", "op", &[Scope::Operate]).caller;
    let [eve, bob] = ["eve", "bob"].map(|subject| person(&rig, "north", subject, &[Scope::Evaluate]).caller);

    let mut declared = declaration(&json!(null));
    declared.as_object_mut().unwrap().remove("evaluators");
    let created = ada.post("/v1/submissions", &declared).await.json();
    assert_eq!(created["evaluators"], json!([]), "the deployment's default");
    let id = created["id"].as_str().unwrap();
    let document = created["documents"][0]["id"].as_str().unwrap();
    let path = format!("/v1/submissions/{id}/evaluators");
    let assign = async |caller: &Caller, evaluators: Value| {
        let body = json!({ "evaluators": evaluators }).to_string().into_bytes();
        caller
            .send(Method::PUT, &path, &[("content-type", "application/json")], body)
            .await
    };
    for wrong in [json!("nobody"), json!([""]), json!(7), json!(null)] {
        let answer = assign(&ada, wrong.clone()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid-declaration"),
            "{wrong}"
        );
    }
    let answer = assign(&ada, json!(["bob"])).await.json();
    assert_eq!(
        answer,
        json!({ "submission": id, "evaluators": ["bob"], "renewed": [] })
    );

    assert_eq!(
        rig.put(&created["documents"][0]["upload"], PLAN.into()).await,
        StatusCode::OK
    );
    is_ready(&ada, id).await;
    let read = format!("/v1/catalog/documents/{document}");
    let sees = async |caller: &Caller| caller.get(&read).await.status == StatusCode::OK;
    assert!(sees(&bob).await && !sees(&eve).await);

    // From one to another, by an operator, and then to all.
    for (caller, evaluators, eve_sees, bob_sees) in [
        (&operator, json!(["eve"]), true, false),
        (&ada, json!("all"), true, true),
        (&ada, json!([]), false, false),
    ] {
        let answer = assign(caller, evaluators.clone()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["renewed"], json!([document]));
        eventually("what evaluators read from has learned of it", async || {
            (sees(&eve).await == eve_sees && sees(&bob).await == bob_sees).then_some(())
        })
        .await;
        is_ready(&ada, id).await;
    }
    rig.end().await;
}

//! The committed OpenAPI description is the one that the types give, and the types write what it describes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should panic"
)]

use api::catalog::{CatalogDocument, CatalogSubmission, document_href};
use api::checksum::ChecksumAlgorithm;
use api::operations::{
    AttemptError, Changed, Circuit, CircuitState, DeadLetter, DeadLetterDetail, Discarded, Health, HealthCheck,
    HealthStatus, History, Hold, Pause, Queue, QueueLimits, Queues, RebuildTrouble, Rebuilt, Redriven, RedrivenMany,
};
use api::signing::{Method, SignRequest, Signed};
use api::submissions::{
    Assigned, Document, DocumentSummary, Event, NewDocument, NewSubmission, Noticed, Submission, SubmissionState,
    SubmissionSummary, Upload,
};
use api::{Cursor, Failure, Page, Problem, State, openapi};
use jiff::Timestamp;
use portfolio::{DocumentId, Evaluators, Kind, Limits, MediaType, SubmissionId};
use serde::Serialize;
use serde_json::{Value, json};

fn committed() -> Value {
    let text = std::fs::read_to_string(openapi::published_path()).expect("the description is committed");
    serde_json::from_str(&text).unwrap()
}

/// Asserts that a value is written as the named schema of the description says.
fn assert_described(schema: &str, value: &impl Serialize) {
    let value = serde_json::to_value(value).unwrap();
    let mut description = committed();
    description["$ref"] = format!("#/components/schemas/{schema}").into();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&description)
        .unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{value:#} is no {schema}:\n{}", errors.join("\n"));
    assert_no_null(&value);
}

/// Members that do not apply are absent.
fn assert_no_null(value: &Value) {
    match value {
        Value::Null => panic!("a null was written"),
        Value::Array(array) => array.iter().for_each(assert_no_null),
        Value::Object(object) => object.values().for_each(assert_no_null),
        _ => {}
    }
}

/// Calls `visit` with every `$ref` of the description.
fn references(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Array(array) => array.iter().for_each(|item| references(item, visit)),
        Value::Object(object) => {
            for (name, member) in object {
                match member.as_str() {
                    Some(reference) if name == "$ref" => visit(reference),
                    _ => references(member, visit),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_committed_description_is_up_to_date() {
    // Compared as values: in which order a build of `serde_json` writes members depends on its features.
    let generated: Value = serde_json::from_str(&openapi::json()).unwrap();
    assert!(
        committed() == generated,
        "docs/openapi.json is stale; renew it with `cargo run -p api --features openapi --example write-openapi`"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let description = committed();
    let mut count = 0;
    references(&description, &mut |reference| {
        count += 1;
        match reference.strip_prefix('#') {
            Some(pointer) => assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere"),
            None => assert!(
                openapi::published_path().with_file_name(reference).exists(),
                "{reference} leads nowhere"
            ),
        }
    });
    assert!(count > 50);
}

#[test]
fn every_route_says_who_may_call_it() {
    let description = committed();
    assert_eq!(description["openapi"], "3.1.0");
    let open = [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/schemas/normalized-document-1.json",
    ];
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let secured = operation["security"]
                .as_array()
                .is_some_and(|schemes| !schemes.is_empty());
            assert_eq!(secured, !open.contains(&path.as_str()), "{method} {path}");
            for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters
                        .iter()
                        .any(|parameter| parameter["name"] == name && parameter["in"] == "path"),
                    "{path}"
                );
            }
        }
    }
}

#[test]
fn what_teachers_see_is_described() {
    let at = Timestamp::from_millisecond(1_795_500_000_250).unwrap();
    let (submission, document) = (SubmissionId::generate(), DocumentId::generate());
    let failure = Failure {
        code: "refused".into(),
        message: "The reviewers do not take this.".into(),
    };
    let upload = Upload {
        key: "submissions/x".into(),
        part_size: 5 << 20,
        parts: 1,
        upload_id: Some("u".into()),
        finish_by: at,
        method: "PUT".into(),
        url: Some("http://127.0.0.1:9000/dossier/submissions/x?X-Amz-Signature=0".into()),
        headers: [("content-type".to_owned(), "text/markdown".to_owned())].into(),
        expires_at: at,
    };
    let awaited = Document {
        id: document,
        name: "plan.md".into(),
        kind: Kind::LessonPlan,
        media_type: MediaType::Markdown,
        size: 12,
        sha256: Some([7; 32].into()),
        received: 0,
        state: State::AwaitingUpload,
        since: at,
        history: vec![Event {
            event: "created".into(),
            state: State::AwaitingUpload,
            at,
            detail: Some(json!({ "n": 1 })),
        }],
        attempts: 0,
        next_attempt_at: None,
        failure: None,
        upload: Some(upload.clone()),
    };
    let failed = Document {
        state: State::Failed,
        attempts: 3,
        next_attempt_at: Some(at),
        failure: Some(failure.clone()),
        upload: None,
        ..awaited.clone()
    };
    let state = SubmissionState::AwaitingUpload;
    let title = "Photosynthesis".to_owned();
    let documents = vec![awaited, failed];
    assert_described(
        "Submission",
        &Submission {
            id: submission,
            title: title.clone(),
            evaluators: Evaluators::All,
            state,
            created_at: at,
            documents,
        },
    );
    let summary = DocumentSummary {
        id: document,
        name: "plan.md".into(),
        kind: Kind::LessonPlan,
        state: State::Failed,
        since: at,
        failure: Some(failure),
    };
    let item = SubmissionSummary {
        id: submission,
        title,
        state,
        created_at: at,
        documents: vec![summary],
    };
    assert_described(
        "Page_SubmissionSummary",
        &Page {
            items: vec![item],
            next: Some(Cursor::new("17")),
        },
    );
    assert_described(
        "Page_SubmissionSummary",
        &Page::<SubmissionSummary> {
            items: vec![],
            next: None,
        },
    );
    assert_described("Upload", &upload);
    assert_described("Taken", &api::notifications::Taken::default());
    assert_described(
        "Noticed",
        &Noticed {
            document,
            state: State::Uploaded,
        },
    );
}

#[test]
fn what_becomes_of_an_assignment_is_described() {
    assert_described(
        "Assigned",
        &Assigned {
            submission: SubmissionId::generate(),
            evaluators: Evaluators::nobody(),
            renewed: vec![DocumentId::generate()],
        },
    );
}

#[test]
fn what_uppy_sends_and_gets_is_described() {
    assert_described(
        "SignRequest",
        &SignRequest {
            method: Method::Put,
            upload_id: Some("u".into()),
            part_number: Some(1),
            key: Some("submissions/x".into()),
            checksum_algorithm: Some(ChecksumAlgorithm::Crc64Nvme),
            checksum_crc64nvme: Some(u64::MAX.into()),
            sha256: Some([7; 32].into()),
        },
    );
    assert_described(
        "Signed",
        &Signed {
            method: Method::Put,
            url: "http://127.0.0.1:9000/dossier/submissions/x?X-Amz-Signature=0".into(),
            key: "submissions/x".into(),
            headers: [("content-type".to_owned(), "text/markdown".to_owned())].into(),
            size: Some(12),
            expires_at: Timestamp::UNIX_EPOCH,
        },
    );
}

#[test]
fn what_clients_are_told_to_send_is_what_the_server_takes() {
    let new = NewDocument {
        name: "a.pdf".into(),
        kind: Kind::LessonPlan,
        media_type: MediaType::Pdf,
        size: 1,
        sha256: Some([0; 32].into()),
    };
    let new = NewSubmission {
        title: "t".into(),
        evaluators: Some(Evaluators::only(["eve".to_owned()]).unwrap()),
        documents: vec![new],
    };
    assert_described("NewSubmission", &new);
    let declaration = portfolio::Declaration::from_json(&serde_json::to_vec(&new).unwrap(), &Limits::default());
    assert!(
        declaration.is_ok(),
        "what clients are told to send is what the server takes"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one value of each type")]
fn what_evaluators_and_operators_see_is_described() {
    let at = Timestamp::from_second(1_795_500_000).unwrap();
    let (submission, document) = (SubmissionId::generate(), DocumentId::generate());
    let failure = Failure {
        code: "unreachable".into(),
        message: "The reviewers cannot be reached.".into(),
    };
    let in_catalog = CatalogDocument {
        id: document,
        name: "plan.md".into(),
        kind: Kind::LessonPlan,
        media_type: "text/markdown".into(),
        vendor: "review".into(),
        annotations: 8,
        normalized_at: at,
        href: document_href(document),
    };
    let item = CatalogSubmission {
        id: submission,
        title: "t".into(),
        teacher: Some("A. Noor".into()),
        documents: vec![in_catalog],
    };
    assert_described(
        "Page_CatalogSubmission",
        &Page {
            items: vec![item],
            next: None,
        },
    );
    let queue = Queue {
        name: "transfer".into(),
        depth: 3,
        due: 1,
        in_flight: 1,
        waiting: 1,
        dead: 0,
        delayed: 0,
        oldest_due_seconds: Some(0.25),
        paused: Some(Pause {
            at,
            by: "o-1".into(),
            reason: "maintenance".into(),
        }),
        circuit: Some(Circuit {
            state: CircuitState::HalfOpen,
            since: at,
            probe_at: at,
        }),
        held_back: Some(Hold {
            reason: "circuit-open".into(),
            until: at,
        }),
        limits: QueueLimits {
            max_in_flight: Some(64),
            max_waiting: Some(500),
            rate_per_second: Some(2.5),
            burst: Some(3),
            circuit_threshold: Some(5),
        },
    };
    assert_described("Queues", &Queues { queues: vec![queue] });
    let history = vec![Event {
        event: "sent".into(),
        state: State::InReview,
        at,
        detail: None,
    }];
    let state = State::InReview;
    let (next_attempt_at, attempts) = (Some(at), 2);
    assert_described(
        "History",
        &History {
            document,
            submission,
            state,
            since: at,
            attempts,
            next_attempt_at,
            failure: Some(failure.clone()),
            history,
        },
    );
    let errors = vec![AttemptError {
        at,
        code: failure.code.clone(),
        message: failure.message.clone(),
    }];
    let (queue, title) = ("transfer".to_owned(), "t".to_owned());
    let letter = DeadLetter {
        queue: queue.clone(),
        document,
        submission,
        title,
        at,
        vendor: Some("review".into()),
        failure,
        attempts,
        errors,
    };
    assert_described(
        "DeadLetterDetail",
        &DeadLetterDetail {
            dead_letter: letter.clone(),
            body: "{}".into(),
            enqueued_at: at,
            review: Some("rev_1".into()),
            traceparent: None,
            history: Vec::new(),
        },
    );
    let next = Some(Cursor::new("here"));
    assert_described(
        "RedrivenMany",
        &RedrivenMany {
            redriven: 200,
            next: next.clone(),
        },
    );
    let trouble = RebuildTrouble {
        submission,
        reason: "There is no manifest.".into(),
    };
    assert_described(
        "Rebuilt",
        &Rebuilt {
            submissions: 2,
            restored: 1,
            troubles: vec![trouble],
            next,
        },
    );
    assert_described(
        "Discarded",
        &Discarded {
            queue: queue.clone(),
            document,
        },
    );
    assert_described(
        "Changed",
        &Changed {
            queue: queue.clone(),
            changed: true,
        },
    );
    assert_described(
        "Page_DeadLetter",
        &Page {
            items: vec![letter],
            next: None,
        },
    );
    assert_described(
        "Redriven",
        &Redriven {
            queue,
            document,
            state: State::Uploaded,
        },
    );
    let check = HealthCheck {
        name: "redis".into(),
        status: HealthStatus::Warn,
        detail: Some("Set appendonly yes.".into()),
    };
    assert_described("Health", &Health::of(vec![check]));
}

#[test]
fn every_problem_is_described() {
    let faults = portfolio::Declaration::from_json(b"{\"documents\": []}", &Limits::default()).unwrap_err();
    let problems = [
        Problem::invalid_json("expected value at line 1 column 1"),
        Problem::invalid_declaration(faults),
        Problem::invalid_parameter("limit", "The limit is a number."),
        Problem::invalid_notification("there are no records"),
        Problem::invalid_callback("there is no type"),
        Problem::missing_token(),
        Problem::expired_token(),
        Problem::invalid_token().with_cause("unknown key"),
        Problem::signature_invalid(),
        Problem::insufficient_scope("operate"),
        Problem::not_found().with_instance("/v1/nothing".parse().unwrap()),
        Problem::method_not_allowed(&["GET", "POST"]),
        Problem::wrong_state("The document has already been uploaded."),
        Problem::unknown_document(),
        Problem::request_timeout(30),
        Problem::payload_too_large(1024),
        Problem::unsupported_media_type("application/json"),
        Problem::unsupported_encoding(),
        Problem::idempotency_key_reused(),
        Problem::invalid_member("/key", "This is not the document's key."),
        Problem::too_many_submissions(50),
        Problem::internal("index out of bounds"),
        Problem::unavailable(5, "connection refused"),
    ];
    let responses = committed()["components"]["responses"].to_string();
    for code in api::Code::ALL {
        assert!(
            problems.iter().any(|problem| problem.code() == *code),
            "{code:?} is made by no constructor"
        );
        // A wrong method is no operation, so it has no place in the description.
        assert!(
            *code == api::Code::MethodNotAllowed || responses.contains(code.type_uri()),
            "{code:?} is not described"
        );
    }
    for problem in problems {
        let body: Value = serde_json::from_slice(&problem.to_json()).unwrap();
        assert_described("ProblemDetails", &body);
        assert_eq!(body["status"], problem.status().as_u16());
    }
}

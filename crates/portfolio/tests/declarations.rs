//! What may be declared, and how exactly the faults of what may not are told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should panic"
)]

use portfolio::declaration::{Fault, Refusal, title_from_json};
use portfolio::{Declaration, DeclaredDocument, Kind, Limits, MediaType};
use serde_json::{Value, json};

fn read(value: &Value) -> Result<Declaration, Refusal> {
    Declaration::from_json(value.to_string().as_bytes(), &Limits::default())
}

/// The faults of a declaration, as (pointer, detail).
fn faults(value: &Value) -> Vec<(String, String)> {
    match read(value) {
        Err(Refusal::Faults(faults)) => faults
            .into_iter()
            .map(|Fault { pointer, detail }| (pointer, detail))
            .collect(),
        other => panic!("expected faults, got {other:?}"),
    }
}

fn plan(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = json!({ "name": "plan.md", "kind": "lesson-plan", "media_type": "text/markdown", "size": 12 });
    change(&mut document);
    json!({ "title": "Photosynthesis", "documents": [document] })
}

#[test]
fn a_good_declaration_is_read_as_it_was_written() {
    let name = "  Menü – 日本語 (final)\u{200F} ../.mp4";
    let declaration = read(&json!({
        "title": " Two of them ",
        "documents": [
            { "name": name, "kind": "classroom-video", "media_type": "Video/MP4; codecs=avc1", "size": 5_368_709_120_u64 },
            { "name": "plan.txt", "kind": "lesson-plan", "media_type": "text/plain;charset=utf-8", "size": 1,
              "sha256": "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855" }
        ]
    }))
    .unwrap();
    assert_eq!(declaration.title, " Two of them ");
    assert_eq!(declaration.documents[0].name, name);
    assert_eq!(declaration.documents[0].kind, Kind::ClassroomVideo);
    assert_eq!(declaration.documents[1].media_type, MediaType::PlainText);
    assert_eq!(
        declaration.documents[1].sha256.unwrap().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn every_fault_is_told_at_once_and_points_at_its_place() {
    let found = faults(&json!({
        "title": "",
        "documents": [
            { "name": "a\u{0}b", "kind": "poem", "media_type": "image/png", "size": 0 },
            { "kind": "lesson-plan", "media_type": "video/mp4", "size": "12", "sha256": "beef", "media~type/": 1 },
            7
        ]
    }));
    let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/title",
            "/documents/0/name",
            "/documents/0/kind",
            "/documents/0/media_type",
            "/documents/0/size",
            "/documents/1/media~0type~1",
            "/documents/1",
            "/documents/1/media_type",
            "/documents/1/size",
            "/documents/1/sha256",
            "/documents/2",
        ]
    );
    let details: Vec<_> = found.iter().map(|(_, detail)| detail.as_str()).collect();
    assert_eq!(details[1], "The name contains the control character U+0000.");
    assert_eq!(
        details[2],
        "There is no such kind of document; there are lesson-plan and classroom-video."
    );
    assert_eq!(details[4], "The file is empty.");
    assert_eq!(details[6], "The member \"name\" is missing.");
    assert_eq!(
        details[7],
        "A lesson-plan cannot be an MP4 video; it can be a plain text file, a Markdown file, a Word document (DOCX), a \
         PDF document, an OpenDocument text (ODT), a rich text document (RTF)."
    );
}

#[test]
fn what_is_no_declaration_at_all_is_refused() {
    assert!(matches!(
        Declaration::from_json(b"{\"title\": ", &Limits::default()),
        Err(Refusal::NotJson(_))
    ));
    assert!(matches!(
        Declaration::from_json(b"\xFF", &Limits::default()),
        Err(Refusal::NotJson(_))
    ));
    assert_eq!(
        faults(&json!([])),
        [(String::new(), "An object is expected here.".to_owned())]
    );
    assert_eq!(faults(&json!({})).len(), 2);
}

#[test]
fn lengths_and_sizes_are_limited_exactly() {
    let name = |length: usize| plan(|document| document["name"] = "ü".repeat(length).into());
    assert!(read(&name(255)).is_ok());
    assert_eq!(
        faults(&name(256))[0].1,
        "The name has 256 characters; it can have up to 255."
    );

    let size = |size: u64| plan(|document| document["size"] = size.into());
    assert!(read(&size(100 << 20)).is_ok());
    assert_eq!(faults(&size((100 << 20) + 1))[0].0, "/documents/0/size");

    let video = |size: u64| {
        let video = json!({ "name": "v", "kind": "classroom-video", "media_type": "video/mp4", "size": size });
        json!({ "title": "t", "documents": [video] })
    };
    assert!(read(&video(50 << 30)).is_ok(), "in parts it can be uploaded");
    assert_eq!(faults(&video((50 << 30) + 1))[0].0, "/documents/0/size");

    let many = |count: usize| json!({ "title": "t", "documents": vec![plan(|_| ())["documents"][0].clone(); count] });
    assert!(read(&many(20)).is_ok());
    assert_eq!(
        faults(&many(21))[0].1,
        "A submission has 1 to 20 documents; this one has 21."
    );
    assert_eq!(faults(&many(0))[0].0, "/documents");
}

#[test]
fn limits_are_data_and_their_faults_are_named() {
    let read = Limits::from_json;
    assert_eq!(read(" "), Ok(Limits::default()));
    assert_eq!(read("{}"), Ok(Limits::default()));
    let limits = read(r#"{"documents":3,"classroom_video_bytes":5497558138880}"#).unwrap();
    assert_eq!((limits.documents, limits.classroom_video), (3, 5 << 40));
    assert_eq!(limits.lesson_plan, Limits::default().lesson_plan);
    for (text, part) in [
        ("20", "an example that is"),
        (r#"{"document":3}"#, "unknown field `document`"),
        (r#"{"documents":-1}"#, "invalid value"),
        (
            r#"{"documents":0}"#,
            "the limit documents is 0, but must be from 1 to 100",
        ),
        (r#"{"classroom_video_bytes":5497558138881}"#, "to 5497558138880"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn one_document_and_a_title_are_read_alone() {
    let one = plan(|_| ())["documents"][0].clone();
    let document = DeclaredDocument::from_json(one.to_string().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(document.name, "plan.md");
    let empty = plan(|document| document["size"] = 0.into())["documents"][0].clone();
    let refusal = DeclaredDocument::from_json(empty.to_string().as_bytes(), &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::Faults(found) if found[0].pointer == "/size"));
    assert_eq!(
        title_from_json(br#"{"title":" Ein \u00fc "}"#),
        Ok(" Ein ü ".to_owned())
    );
    for body in [
        r#"{"title":""}"#,
        r#"{"title":"a\u0000"}"#,
        r#"{"title":"a","documents":[]}"#,
    ] {
        assert!(title_from_json(body.as_bytes()).is_err(), "{body}");
    }
}

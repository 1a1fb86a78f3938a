//! What a vendor might send instead of what it documents. Any answer will do, but there must be one.

use anyhow::Result;

use crate::adapter::{Adapter, wit};
use crate::report::Report;
use crate::words::document;

/// As large as the largest file that is sent here, unless the adapter expects less.
const LARGE: usize = 8 << 20;

/// The pipeline reads no more of a response or a callback.
const LARGEST_MESSAGE: usize = 256 << 10;

pub(crate) fn check(adapter: &Adapter, report: &mut Report) {
    report.note("read-response: any answer to any response", responses(adapter));
    report.note("read-callback: an answer to any callback", callbacks(adapter));
    for kind in [wit::DocumentKind::LessonPlan, wit::DocumentKind::ClassroomVideo] {
        let name = crate::words::name(kind);
        let faults = normalizations(adapter, kind).unwrap_or_else(|error| vec![error.to_string()]);
        report.note(format!("normalize: an answer to any files of a {name}"), faults);
    }
}

/// Bodies with a name each.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str, depth| format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes();
    vec![
        ("nothing", Vec::new()),
        ("white space", b" \r\n\t".to_vec()),
        (
            "a web page",
            b"<!doctype html><html><title>Sign in</title></html>".to_vec(),
        ),
        ("null", b"null".to_vec()),
        ("NaN", b"NaN".to_vec()),
        (
            "a number that no double holds",
            b"{\"id\":1e999,\"size\":-1e-999,\"start\":NaN}".to_vec(),
        ),
        ("a text", b"\"x\"".to_vec()),
        ("an empty array", b"[]".to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("half an object", b"{\"id\":\"rev_1\",\"ref".to_vec()),
        ("a name twice", b"{\"id\":\"a\",\"id\":\"b\",\"id\":null}".to_vec()),
        (
            "lone surrogates",
            br#"{"id":"\ud800","reference":"\udc00\ud800"}"#.to_vec(),
        ),
        ("not UTF-8", b"{\"id\":\"\xff\xfe\xc0\x80\"}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0\"\0i\0d\0\"\0".to_vec()),
        ("NUL", b"{\"id\":\"\0\"}\0".to_vec()),
        ("deep arrays", deep("[", "]", 100_000)),
        ("deep objects", deep("{\"a\":", "}", 100_000)),
        ("an unfinished depth", b"[".repeat(100_000)),
        (
            "a long text",
            [b"{\"id\":\"", b"x".repeat(LARGE).as_slice(), b"\"}"].concat(),
        ),
        ("many members", many_members()),
        ("a gap of zeros", vec![0; 1 << 20]),
        ("every byte", (0..=255).collect()),
    ]
}

/// The same as far as a message may go.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let mut messages = bodies();
    for (_, body) in &mut messages {
        body.truncate(LARGEST_MESSAGE);
    }
    messages
}

fn many_members() -> Vec<u8> {
    let members: Vec<_> = (0..100_000).map(|index| format!("\"m{index}\":{index}")).collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

fn responses(adapter: &Adapter) -> Vec<String> {
    let mut faults = Vec::new();
    let mut ask = |status, name: &str, body: &[u8]| {
        let response = wit::Response {
            status,
            headers: vec![wit::Header {
                name: "content-type".into(),
                value: "application/json".into(),
            }],
            body: body.to_vec(),
        };
        match adapter.call(|instance| instance.read_response(&response)) {
            Err(error) => faults.push(format!("{status} with {name}: {error}")),
            // Whatever is said with it, a server in trouble is a matter of time.
            Ok(wit::Outcome::TryAgain(_)) => {}
            Ok(outcome) if status >= 500 || status == 429 => {
                faults.push(format!("{status} with {name} is {outcome:?}, not try-again"));
            }
            Ok(wit::Outcome::Accepted(id)) if id.is_empty() => {
                faults.push(format!("{status} with {name} is accepted without an id"));
            }
            Ok(_) => {}
        }
    };
    for (name, body) in messages() {
        ask(200, name, &body);
    }
    for status in [
        0,
        100,
        201,
        204,
        301,
        304,
        400,
        401,
        402,
        403,
        404,
        409,
        413,
        422,
        429,
        500,
        502,
        503,
        599,
        u16::MAX,
    ] {
        ask(status, "nothing", b"");
        ask(status, "an empty object", b"{}");
        ask(
            status,
            "an id",
            br#"{"id":"rev_1","error":"a reason","detail":"a reason"}"#,
        );
    }
    faults
}

fn callbacks(adapter: &Adapter) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, body) in messages() {
        for query in ["", "document=1", "document=&document=\u{0}%00&%"] {
            let delivery = wit::Delivery {
                query: query.into(),
                body: body.clone(),
            };
            if let Err(error) = adapter.call(|instance| instance.read_callback(&delivery)) {
                faults.push(format!("{name}, query {query:?}: {error}"));
            }
        }
    }
    faults
}

fn normalizations(adapter: &Adapter, kind: wit::DocumentKind) -> Result<Vec<String>> {
    let document = document(kind);
    let mut faults = Vec::new();
    let mut ask = |name: &str, files: &[wit::ReturnedFile]| {
        if let Err(error) = adapter.call(|instance| instance.normalize(&document, files)) {
            faults.push(format!("{name}: {error}"));
        }
    };
    ask("no file", &[]);
    let expectations = adapter.call(|instance| instance.expectations(&document))?;
    for (name, content) in bodies() {
        let files: Vec<_> = expectations
            .iter()
            .map(|expected| {
                let size = usize::try_from(expected.max_size)
                    .unwrap_or(usize::MAX)
                    .min(content.len());
                file(expected, content[..size].to_vec())
            })
            .collect();
        ask(name, &files);
    }
    Ok(faults)
}

/// A file that would be handed to the adapter.
pub(crate) fn file(expected: &wit::Expectation, content: Vec<u8>) -> wit::ReturnedFile {
    wit::ReturnedFile {
        role: expected.role.clone(),
        media_type: expected.media_types.first().cloned().unwrap_or_default(),
        size: content.len() as u64,
        sha256: "0".repeat(64),
        content: if expected.content { content } else { Vec::new() },
    }
}

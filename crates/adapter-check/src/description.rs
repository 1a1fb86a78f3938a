//! Whether what an adapter says about itself can be used.

use std::collections::BTreeSet;

use anyhow::Result;
use portfolio::Role;

use crate::adapter::{Adapter, wit};
use crate::report::Report;
use crate::words::document;

/// The most bytes that any file may have: what the pipeline takes into memory to normalize it.
const LARGEST_CONTENT: u64 = 64 << 20;

pub(crate) fn check(adapter: &Adapter, report: &mut Report) {
    let faults = |result: Result<Vec<String>>| result.unwrap_or_else(|error| vec![error.to_string()]);
    report.note(
        "describe: a name, a version and a signature scheme",
        faults(vendor(adapter)),
    );
    for kind in [wit::DocumentKind::LessonPlan, wit::DocumentKind::ClassroomVideo] {
        let name = crate::words::name(kind);
        report.note(
            format!("make-request: a request for a {name}, or why not"),
            faults(request(adapter, kind)),
        );
        report.note(
            format!("expectations: files of a {name}"),
            faults(expectations(adapter, kind)),
        );
    }
}

fn vendor(adapter: &Adapter) -> Result<Vec<String>> {
    let vendor = adapter.instance()?.describe()?;
    let mut faults = Vec::new();
    let is_name = (1..=64).contains(&vendor.name.len())
        && vendor
            .name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !is_name {
        faults.push(format!("the name {:?} is not 1 to 64 of a-z, 0-9 and -", vendor.name));
    }
    let core = vendor.version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = core.split('.').map(str::parse::<u32>).collect();
    if numbers.len() != 3 || numbers.iter().any(Result::is_err) {
        faults.push(format!("the version {:?} is not a semantic version", vendor.version));
    }
    match &vendor.callback_signature {
        wit::SignatureScheme::StandardWebhooks => {}
        wit::SignatureScheme::SharedSecret(header) => faults.extend(header_name(header)),
        wit::SignatureScheme::Hmac(scheme) => {
            faults.extend(header_name(&scheme.header));
            if !scheme.signed.contains(&wit::SignedPart::Body) {
                faults.push("the body is not signed".into());
            }
            for field in scheme.id.iter().chain(&scheme.timestamp) {
                if !scheme.signed.contains(&wit::SignedPart::Header(field.clone())) {
                    faults.push(format!("the header field {field} is not signed"));
                }
            }
        }
    }
    Ok(faults)
}

fn header_name(name: &str) -> Option<String> {
    let is_name = name.parse::<http::HeaderName>().is_ok() && !name.bytes().any(|byte| byte.is_ascii_uppercase());
    (!is_name).then(|| format!("{name:?} is not the name of a header field in lower case"))
}

fn request(adapter: &Adapter, kind: wit::DocumentKind) -> Result<Vec<String>> {
    let review = review(kind);
    let request = match adapter.call(|instance| instance.make_request(&review))? {
        Ok(request) => request,
        Err(reason) if reason.trim().is_empty() => return Ok(vec!["it refuses without a reason".into()]),
        Err(_) => return Ok(Vec::new()),
    };
    let mut faults = Vec::new();
    if request.method.parse::<http::Method>().is_err() {
        faults.push(format!("{:?} is no method", request.method));
    }
    if !request.path.starts_with('/') || request.path.parse::<http::uri::PathAndQuery>().is_err() {
        faults.push(format!("{:?} is no path that begins with a slash", request.path));
    }
    for header in &request.headers {
        faults.extend(header_name(&header.name));
        if header.value.parse::<http::HeaderValue>().is_err() {
            faults.push(format!("the header field {} has an impossible value", header.name));
        }
    }
    for placement in &request.secrets {
        match &placement.place {
            wit::SecretPlace::Header(field) => faults.extend(header_name(&field.name)),
            wit::SecretPlace::JsonMember(name) => {
                let body: Result<serde_json::Map<_, serde_json::Value>, _> = serde_json::from_slice(&request.body);
                if body.is_err() {
                    faults.push(format!(
                        "a secret goes into the member {name} of a body that is no JSON object"
                    ));
                }
            }
        }
    }
    Ok(faults)
}

/// A review whose every text is awkward.
pub(crate) fn review(kind: wit::DocumentKind) -> wit::Review {
    wit::Review {
        document: wit::Document {
            title: "“Photosynthesis” & <b>light</b> \u{202e}\\ \" 日本語 🌱\n".into(),
            name: "../../étude \"1\" \u{0}.pdf".into(),
            ..document(kind)
        },
        document_url: "https://bucket.example/dossier/a%20b?X-Amz-Signature=0&x=%26".into(),
        callback_url: "https://dossier.example/v1/callbacks/vendor".into(),
        idempotency_key: crate::words::DOCUMENT.into(),
    }
}

fn expectations(adapter: &Adapter, kind: wit::DocumentKind) -> Result<Vec<String>> {
    let expectations = adapter.call(|instance| instance.expectations(&document(kind)))?;
    let mut faults = Vec::new();
    let mut roles = BTreeSet::new();
    for expected in &expectations {
        let role = &expected.role;
        match role.parse::<Role>() {
            Ok(role) if role.is_source() => faults.push("the role source is the original's".into()),
            Ok(_) => {}
            Err(error) => faults.push(format!("{role:?}: {error}")),
        }
        if !roles.insert(role.clone()) {
            faults.push(format!("{role} is expected twice"));
        }
        if expected.media_types.is_empty() {
            faults.push(format!("{role} may have no media type"));
        }
        if expected.max_size == 0 || (expected.content && expected.max_size > LARGEST_CONTENT) {
            faults.push(format!(
                "{role} may have {} bytes; files whose content is wanted have 1 to {LARGEST_CONTENT}",
                expected.max_size
            ));
        }
        if let wit::Form::Json(rules) = &expected.form {
            let misplaced = |rule: &&wit::JsonRule| !rule.pointer.is_empty() && !rule.pointer.starts_with('/');
            faults.extend(
                rules
                    .iter()
                    .filter(misplaced)
                    .map(|rule| format!("{role}: {:?} is no JSON Pointer", rule.pointer)),
            );
        }
    }
    Ok(faults)
}

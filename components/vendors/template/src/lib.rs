//! The adapter of template: what is particular to this vendor, and nothing else.
//!
//! Replace what the vendor does otherwise. Each function is described in `wit/vendor.wit`, and the way to a working adapter
//! in `docs/adapters.md`. The adapter is pure: it imports nothing, and the same arguments give the same answer.

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated from wit/vendor.wit, which has the documentation"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "vendor-adapter",
        additional_derives: [PartialEq],
    });
}

use bindings::exports::dossier::vendor::adapter as wit;
use serde::{Deserialize, Serialize};

/// The name under which this vendor appears everywhere: in the address of its callbacks, in metrics and in documents.
const VENDOR: &str = "template";

/// The role of the one file that comes back.
const REPORT: &str = "report";

struct Adapter;

/// What is sent to the vendor.
#[derive(Serialize)]
struct Order<'a> {
    url: &'a str,
    callback: &'a str,
    reference: &'a str,
}

/// What the vendor answers.
#[derive(Deserialize)]
struct Receipt {
    id: String,
}

/// What the vendor reports when it is done.
#[derive(Deserialize)]
struct Notice {
    id: String,
    reference: String,
    /// Where the report can be fetched.
    report: Option<String>,
    /// Why there is none.
    error: Option<String>,
}

/// The report: remarks about the document as a whole.
#[derive(Deserialize)]
struct Report {
    remarks: Vec<String>,
}

impl wit::Guest for Adapter {
    fn describe() -> wit::Vendor {
        wit::Vendor {
            name: VENDOR.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            callback_signature: wit::SignatureScheme::StandardWebhooks,
        }
    }

    fn make_request(review: wit::Review) -> Result<wit::Request, String> {
        let order = Order {
            url: &review.document_url,
            callback: &review.callback_url,
            reference: &review.document.id,
        };
        Ok(wit::Request {
            method: "POST".into(),
            path: "/reviews".into(),
            headers: vec![
                header("content-type", "application/json"),
                header("idempotency-key", &review.idempotency_key),
            ],
            body: serde_json::to_vec(&order).map_err(|error| error.to_string())?,
            secrets: vec![wit::Placement {
                secret: wit::Secret::Token,
                place: wit::SecretPlace::Header(wit::SecretHeader {
                    name: "authorization".into(),
                    prefix: "Bearer ".into(),
                }),
            }],
        })
    }

    fn read_response(response: wit::Response) -> wit::Outcome {
        let later = |reason| {
            wit::Outcome::TryAgain(wit::Postponement {
                reason,
                after_seconds: None,
            })
        };
        let status = response.status;
        match status {
            200..=299 => match serde_json::from_slice::<Receipt>(&response.body) {
                Ok(receipt) if !receipt.id.is_empty() => wit::Outcome::Accepted(receipt.id),
                _ => later(format!("it answered {status} without an id")),
            },
            // What an operator can put right, or time: the same request may succeed later.
            401 | 403 | 408 | 425 | 429 => later(format!("it answered with the status {status}")),
            400..=499 => wit::Outcome::Refused(format!("It answered with the status {status}.")),
            _ => later(format!("it answered with the status {status}")),
        }
    }

    fn read_callback(delivery: wit::Delivery) -> Result<wit::Callback, String> {
        let notice: Notice = serde_json::from_slice(&delivery.body)
            .map_err(|error| format!("it is not the documented JSON: {error}"))?;
        let verdict = match (notice.report, notice.error) {
            (Some(url), _) => wit::Verdict::Completed(vec![wit::OfferedFile {
                role: REPORT.into(),
                url,
                media_type: "application/json".into(),
                size: None,
                sha256: None,
                token: None,
            }]),
            (None, Some(reason)) => wit::Verdict::Failed(reason),
            (None, None) => return Err("it has neither a report nor an error".into()),
        };
        Ok(wit::Callback {
            document: notice.reference,
            review: notice.id,
            completed_at: None,
            verdict,
        })
    }

    fn expectations(_: wit::Document) -> Vec<wit::Expectation> {
        let rule = |pointer: &str, type_| wit::JsonRule {
            pointer: pointer.into(),
            type_,
            required: true,
        };
        vec![wit::Expectation {
            role: REPORT.into(),
            required: true,
            media_types: vec!["application/json".into()],
            max_size: 16 * 1024 * 1024,
            form: wit::Form::Json(vec![
                rule("/remarks", wit::JsonType::Array),
                rule("/remarks/*", wit::JsonType::String),
            ]),
            content: true,
        }]
    }

    fn normalize(_: wit::Document, files: Vec<wit::ReturnedFile>) -> Result<wit::Normalized, String> {
        let file = files
            .iter()
            .find(|file| file.role == REPORT)
            .ok_or_else(|| format!("the file {REPORT} is missing"))?;
        let report: Report = serde_json::from_slice(&file.content)
            .map_err(|error| format!("the file {REPORT} is not the documented JSON: {error}"))?;
        Ok(wit::Normalized {
            language: None,
            text: None,
            media: None,
            annotations: report.remarks.into_iter().filter_map(annotation).collect(),
            files: Vec::new(),
        })
    }
}

fn header(name: &str, value: &str) -> wit::Header {
    wit::Header {
        name: name.into(),
        value: value.into(),
    }
}

/// An empty remark says nothing.
fn annotation(remark: String) -> Option<wit::Annotation> {
    (!remark.is_empty()).then(|| wit::Annotation {
        motivation: wit::Motivation::Commenting,
        bodies: vec![wit::AnnotationBody {
            purpose: wit::Motivation::Commenting,
            value: remark,
        }],
        target: wit::Target::Whole,
    })
}

// The names of a component's exports are no symbols to a native linker, and native tests need none.
#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "the macro exports the functions by their canonical names")]
mod export {
    use super::{Adapter, bindings};

    bindings::export!(Adapter with_types_in bindings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wit::Guest as _;

    #[test]
    fn a_notice_without_report_and_error_is_none() {
        let delivery = wit::Delivery {
            query: String::new(),
            body: br#"{"id":"1","reference":"d-1"}"#.to_vec(),
        };
        assert!(Adapter::read_callback(delivery).is_err());
    }
}

//! What the service's callback says, and how it is signed.

use serde::Deserialize;

use crate::wit::{
    Callback, Delivery, HashFunction, HmacScheme, OfferedFile, SignatureEncoding, SignatureScheme, SignedPart, Verdict,
};

/// `x-signature: sha256=…` over the delivery's id, its time and the body, separated by full stops.
pub(crate) fn scheme() -> SignatureScheme {
    let (id, timestamp) = ("x-delivery-id", "x-delivery-timestamp");
    SignatureScheme::Hmac(HmacScheme {
        hash: HashFunction::Sha256,
        header: "x-signature".into(),
        prefix: "sha256=".into(),
        encoding: SignatureEncoding::Hexadecimal,
        signed: vec![
            SignedPart::Header(id.into()),
            SignedPart::Literal(".".into()),
            SignedPart::Header(timestamp.into()),
            SignedPart::Literal(".".into()),
            SignedPart::Body,
        ],
        id: Some(id.into()),
        timestamp: Some(timestamp.into()),
    })
}

#[derive(Deserialize)]
struct Report {
    id: String,
    reference: String,
    completed_at: String,
    /// Why there is no result, in a sentence.
    error: Option<String>,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    role: String,
    url: String,
    media_type: String,
    size: u64,
    sha256: String,
}

pub(crate) fn parse(delivery: &Delivery) -> Result<Callback, String> {
    let report: Report =
        serde_json::from_slice(&delivery.body).map_err(|error| format!("it is not the documented JSON: {error}"))?;
    Ok(Callback {
        document: report.reference,
        review: report.id,
        completed_at: Some(report.completed_at),
        verdict: match report.error {
            Some(reason) => Verdict::Failed(reason),
            None => Verdict::Completed(report.files.into_iter().map(offered).collect()),
        },
    })
}

fn offered(file: File) -> OfferedFile {
    OfferedFile {
        role: file.role,
        url: file.url,
        media_type: file.media_type,
        size: Some(file.size),
        sha256: Some(file.sha256),
        token: None,
    }
}

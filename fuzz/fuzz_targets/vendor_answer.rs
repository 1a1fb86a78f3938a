//! Responses, callbacks and files of every third party, as its adapter reads them.
//!
//! The first byte says which adapter and which of its functions.

#![no_main]

use libfuzzer_sys::fuzz_target;

macro_rules! adapter {
    ($name:ident, $adapter:ident, $roles:expr) => {
        fn $name(function: u8, data: &[u8]) {
            use $adapter::Adapter;
            use $adapter::interface::{Delivery, Document, DocumentKind, Guest as _, Header, Response, ReturnedFile};

            let document = |kind| Document {
                id: "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11".into(),
                submission: "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e12".into(),
                kind,
                title: "Photosynthesis".into(),
                name: "plan.md".into(),
                media_type: "text/markdown".into(),
                size: 3,
            };
            match function % 4 {
                0 => {
                    let (status, body) = data.split_first_chunk::<2>().unwrap_or((&[0, 200], data));
                    let value = String::from_utf8_lossy(&body[..body.len().min(64)]).into_owned();
                    let _ = Adapter::read_response(Response {
                        status: u16::from_be_bytes(*status),
                        headers: vec![Header { name: "retry-after".into(), value }],
                        body: body.to_vec(),
                    });
                }
                1 => {
                    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
                    let _ = Adapter::read_callback(Delivery {
                        query: String::from_utf8_lossy(&data[..end]).into_owned(),
                        body: data.get(end + 1..).unwrap_or_default().to_vec(),
                    });
                }
                kind => {
                    let kind = if kind == 2 { DocumentKind::LessonPlan } else { DocumentKind::ClassroomVideo };
                    let roles: &[&str] = &$roles;
                    let mut parts = data.split(|byte| *byte == 0);
                    let files = roles.iter().map(|role| {
                        let content = parts.next().unwrap_or_default().to_vec();
                        ReturnedFile {
                            role: (*role).into(),
                            media_type: "application/json".into(),
                            size: content.len() as u64,
                            sha256: String::new(),
                            content,
                        }
                    });
                    let _ = Adapter::normalize(document(kind), files.collect());
                }
            }
        }
    };
}

adapter!(review, review_adapter, ["text", "findings", "media", "chapters", "captions"]);
adapter!(languagetool, languagetool_adapter, ["text", "check"]);
adapter!(assemblyai, assemblyai_adapter, ["transcript"]);

fuzz_target!(|data: &[u8]| {
    let Some((selector, data)) = data.split_first() else { return };
    let call = [review, languagetool, assemblyai][usize::from(*selector % 3)];
    call(*selector / 3, data);
});

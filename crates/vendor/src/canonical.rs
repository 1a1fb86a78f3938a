//! From the adapter's words to the canonical document.

use canonical_document::{
    Adapter, Annotation, AudioTrack, Body, File, Media, Motivation, NormalizedDocument, Review, SchemaVersion,
    Selector, Source, Target, Text, VideoTrack, file_href,
};
use handoff::{NormalizeWork, VerifiedFile};
use portfolio::{DocumentId, Facts, Role, Sha256};
use sha2::Digest as _;

use crate::adapter;

/// The canonical document, or what keeps the adapter's answer from being one.
pub fn document(
    id: DocumentId,
    facts: &Facts,
    work: &NormalizeWork,
    vendor: &adapter::Vendor,
    normalized: &adapter::Normalized,
) -> Result<NormalizedDocument, String> {
    let document = NormalizedDocument {
        schema: SchemaVersion,
        submission: facts.submission,
        document: id,
        kind: facts.kind,
        title: facts.title.clone(),
        language: normalized.language.clone(),
        source: Source {
            name: facts.name.clone(),
            media_type: facts.media_type.to_string(),
            size: facts.size,
            sha256: facts.sha256,
            entity_tag: facts.etag.clone(),
            href: file_href(id, Role::SOURCE),
        },
        review: Review {
            vendor: vendor.name.clone(),
            id: work.review.clone(),
            requested_at: work.requested_at,
            completed_at: work.completed_at,
            adapter: Adapter {
                name: vendor.name.clone(),
                version: vendor.version.clone(),
            },
        },
        text: normalized.text.as_ref().map(text).transpose()?,
        media: normalized.media.as_ref().map(media),
        annotations: normalized
            .annotations
            .iter()
            .map(annotation)
            .collect::<Result<_, _>>()?,
        files: files(id, work, normalized)?,
    };
    document.validate().map_err(|violations| {
        let said: Vec<_> = violations
            .iter()
            .map(|violation| format!("{} {}", violation.pointer, violation.detail))
            .collect();
        said.join("; ")
    })?;
    Ok(document)
}

fn role(role: &str) -> Result<Role, String> {
    role.parse()
        .map_err(|error| format!("{role:?} is no role of a file: {error}"))
}

fn text(text: &adapter::Text) -> Result<Text, String> {
    Ok(Text {
        characters: text.characters,
        words: text.words,
        file: role(&text.file)?,
    })
}

fn media(media: &adapter::Media) -> Media {
    Media {
        duration_seconds: std::time::Duration::from_millis(media.duration_ms).as_secs_f64(),
        video: media.video.as_ref().map(|track| VideoTrack {
            codec: track.codec.clone(),
            width: track.width,
            height: track.height,
            frame_rate: track.frame_rate,
        }),
        audio: media.audio.as_ref().map(|track| AudioTrack {
            codec: track.codec.clone(),
            channels: track.channels,
            sample_rate: track.sample_rate,
        }),
    }
}

fn annotation(annotation: &adapter::Annotation) -> Result<Annotation, String> {
    let (source, selector) = match &annotation.target {
        adapter::Target::Whole => (role(Role::SOURCE)?, None),
        adapter::Target::Text(target) => (
            role(&target.file)?,
            Some(Selector::text(target.start, target.end, target.quote.clone())),
        ),
        adapter::Target::Media(target) => (
            role(Role::SOURCE)?,
            Some(Selector::time(target.start_ms, target.end_ms)),
        ),
    };
    let body = annotation.bodies.iter().map(|body| Body::TextualBody {
        purpose: motivation(body.purpose),
        value: body.value.clone(),
    });
    Ok(Annotation {
        motivation: motivation(annotation.motivation),
        body: body.collect(),
        target: Target { source, selector },
    })
}

fn motivation(motivation: adapter::Motivation) -> Motivation {
    match motivation {
        adapter::Motivation::Assessing => Motivation::Assessing,
        adapter::Motivation::Commenting => Motivation::Commenting,
        adapter::Motivation::Describing => Motivation::Describing,
        adapter::Motivation::Editing => Motivation::Editing,
        adapter::Motivation::Highlighting => Motivation::Highlighting,
        adapter::Motivation::Questioning => Motivation::Questioning,
        adapter::Motivation::Tagging => Motivation::Tagging,
    }
}

/// What came back, in the vendor's order, then what was made of it.
fn files(document: DocumentId, work: &NormalizeWork, normalized: &adapter::Normalized) -> Result<Vec<File>, String> {
    let returned = work.files.iter().map(|verified| Ok(file(document, verified, false)));
    let derived = normalized.files.iter().map(|made| {
        let verified = VerifiedFile {
            role: role(&made.role)?,
            media_type: made.media_type.clone(),
            size: made.content.len() as u64,
            sha256: Sha256::from(<[u8; 32]>::from(sha2::Sha256::digest(&made.content))),
        };
        Ok(file(document, &verified, true))
    });
    returned.chain(derived).collect()
}

fn file(document: DocumentId, verified: &VerifiedFile, derived: bool) -> File {
    File {
        role: verified.role.clone(),
        media_type: verified.media_type.clone(),
        size: verified.size,
        sha256: verified.sha256,
        derived,
        href: file_href(document, verified.role.as_str()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;
    use canonical_document::TimeFragment;
    use portfolio::{Kind, MediaType};

    fn facts() -> Facts {
        Facts {
            submission: "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e10".parse().unwrap(),
            title: "Photosynthesis".into(),
            name: "Menü – 日本語.mp4".into(),
            kind: Kind::ClassroomVideo,
            media_type: MediaType::Mp4,
            size: 10,
            sha256: None,
            etag: None,
            checked: None,
            normalized: false,
            upload_id: None,
            received: None,
            requested_at: None,
        }
    }

    fn work() -> NormalizeWork {
        NormalizeWork {
            review: "rev_1".into(),
            requested_at: "2026-11-24T08:00:00Z".parse().unwrap(),
            completed_at: "2026-11-24T08:01:00Z".parse().unwrap(),
            files: vec![VerifiedFile {
                role: "chapters".parse().unwrap(),
                media_type: "text/vtt".into(),
                size: 7,
                sha256: Sha256::from([7; 32]),
            }],
        }
    }

    fn normalized(end_ms: u64) -> adapter::Normalized {
        adapter::Normalized {
            language: Some("en".into()),
            text: None,
            media: Some(adapter::Media {
                duration_ms: 8000,
                video: None,
                audio: None,
            }),
            annotations: vec![adapter::Annotation {
                motivation: adapter::Motivation::Describing,
                bodies: vec![adapter::AnnotationBody {
                    purpose: adapter::Motivation::Describing,
                    value: "Part 1".into(),
                }],
                target: adapter::Target::Media(adapter::MediaTarget { start_ms: 0, end_ms }),
            }],
            files: vec![adapter::DerivedFile {
                role: "captions".into(),
                media_type: "text/vtt".into(),
                content: b"WEBVTT\n".to_vec(),
            }],
        }
    }

    fn made(normalized: &adapter::Normalized) -> Result<NormalizedDocument, String> {
        let vendor = adapter::Vendor {
            name: "review".into(),
            version: "0.1.0".into(),
            callback_signature: adapter::SignatureScheme::StandardWebhooks,
        };
        document(
            "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11".parse().unwrap(),
            &facts(),
            &work(),
            &vendor,
            normalized,
        )
    }

    #[test]
    fn what_the_adapter_says_is_all_there() {
        let document = made(&normalized(8000)).unwrap();
        assert_eq!(document.media.unwrap().duration_seconds.to_string(), "8");
        assert_eq!(document.annotations[0].target.selector, Some(Selector::time(0, 8000)));
        assert_eq!(TimeFragment { start: 0, end: 8000 }.to_string(), "t=0,8");
        assert_eq!(
            document.files[0].href,
            "/v1/catalog/documents/0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11/files/chapters"
        );
    }

    #[test]
    fn what_the_adapter_made_is_told_from_what_came_back() {
        let document = made(&normalized(8000)).unwrap();
        let files: Vec<_> = document
            .files
            .iter()
            .map(|file| (file.role.as_str(), file.derived))
            .collect();
        assert_eq!(files, [("chapters", false), ("captions", true)]);
        // SHA-256 of the seven bytes, by sha256sum.
        assert_eq!(
            document.files[1].sha256.to_string(),
            "73420fdc06730575e08b8a09b5b3824e0f2a9d2dd742640613490ef3abac2bd0"
        );

        let mut twice = normalized(8000);
        twice.files[0].role = "chapters".into();
        assert!(made(&twice).unwrap_err().contains("/files/1"));
    }

    #[test]
    fn what_is_no_canonical_document_is_not_stored() {
        let error = made(&normalized(9000)).unwrap_err();
        assert!(error.contains("/annotations/0"), "{error}");
    }
}

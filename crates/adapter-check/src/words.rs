//! From the component's words to the pipeline's, so that the canonical document is made by the same code.

use vendor::adapter as pipeline;

use crate::adapter::wit;

/// The id of the document in every check.
pub(crate) const DOCUMENT: &str = "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e11";

/// The id of its submission.
pub(crate) const SUBMISSION: &str = "0198f5a2-7c1e-7d43-9a53-0d6f3b1c2e10";

/// A document of a kind.
pub(crate) fn document(kind: wit::DocumentKind) -> wit::Document {
    let (name, media_type) = match kind {
        wit::DocumentKind::LessonPlan => ("plan.txt", "text/plain"),
        wit::DocumentKind::ClassroomVideo => ("lesson.mp4", "video/mp4"),
    };
    wit::Document {
        id: DOCUMENT.into(),
        submission: SUBMISSION.into(),
        kind,
        title: "A lesson".into(),
        name: name.into(),
        media_type: media_type.into(),
        size: 1000,
    }
}

/// What people call a kind.
pub(crate) fn name(kind: wit::DocumentKind) -> &'static str {
    match kind {
        wit::DocumentKind::LessonPlan => "lesson-plan",
        wit::DocumentKind::ClassroomVideo => "classroom-video",
    }
}

/// What a file must be.
pub(crate) fn form(form: &wit::Form) -> file_form::Form {
    let form = match form {
        wit::Form::Any => pipeline::Form::Any,
        wit::Form::Text => pipeline::Form::Text,
        wit::Form::WebVtt => pipeline::Form::WebVtt,
        wit::Form::Mp4 => pipeline::Form::Mp4,
        wit::Form::Json(rules) => pipeline::Form::Json(rules.iter().map(rule).collect()),
    };
    vendor::form(&form)
}

fn rule(rule: &wit::JsonRule) -> pipeline::JsonRule {
    pipeline::JsonRule {
        pointer: rule.pointer.clone(),
        type_: match rule.type_ {
            wit::JsonType::Object => pipeline::JsonType::Object,
            wit::JsonType::Array => pipeline::JsonType::Array,
            wit::JsonType::String => pipeline::JsonType::String,
            wit::JsonType::Number => pipeline::JsonType::Number,
            wit::JsonType::UnsignedInteger => pipeline::JsonType::UnsignedInteger,
            wit::JsonType::Boolean => pipeline::JsonType::Boolean,
        },
        required: rule.required,
    }
}

/// Who the adapter speaks for. The scheme does not matter for a document.
pub(crate) fn vendor(vendor: wit::Vendor) -> pipeline::Vendor {
    pipeline::Vendor {
        name: vendor.name,
        version: vendor.version,
        callback_signature: pipeline::SignatureScheme::StandardWebhooks,
    }
}

/// What the adapter says that the files mean.
pub(crate) fn normalized(normalized: wit::Normalized) -> pipeline::Normalized {
    pipeline::Normalized {
        language: normalized.language,
        text: normalized.text.map(|text| pipeline::Text {
            characters: text.characters,
            words: text.words,
            file: text.file,
        }),
        media: normalized.media.map(media),
        annotations: normalized.annotations.into_iter().map(annotation).collect(),
        files: normalized
            .files
            .into_iter()
            .map(|file| pipeline::DerivedFile {
                role: file.role,
                media_type: file.media_type,
                content: file.content,
            })
            .collect(),
    }
}

fn media(media: wit::Media) -> pipeline::Media {
    pipeline::Media {
        duration_ms: media.duration_ms,
        video: media.video.map(|track| pipeline::VideoTrack {
            codec: track.codec,
            width: track.width,
            height: track.height,
            frame_rate: track.frame_rate,
        }),
        audio: media.audio.map(|track| pipeline::AudioTrack {
            codec: track.codec,
            channels: track.channels,
            sample_rate: track.sample_rate,
        }),
    }
}

fn annotation(annotation: wit::Annotation) -> pipeline::Annotation {
    pipeline::Annotation {
        motivation: motivation(annotation.motivation),
        bodies: annotation
            .bodies
            .into_iter()
            .map(|body| pipeline::AnnotationBody {
                purpose: motivation(body.purpose),
                value: body.value,
            })
            .collect(),
        target: match annotation.target {
            wit::Target::Whole => pipeline::Target::Whole,
            wit::Target::Text(target) => pipeline::Target::Text(pipeline::TextTarget {
                file: target.file,
                start: target.start,
                end: target.end,
                quote: target.quote,
            }),
            wit::Target::Media(target) => pipeline::Target::Media(pipeline::MediaTarget {
                start_ms: target.start_ms,
                end_ms: target.end_ms,
            }),
        },
    }
}

fn motivation(motivation: wit::Motivation) -> pipeline::Motivation {
    match motivation {
        wit::Motivation::Assessing => pipeline::Motivation::Assessing,
        wit::Motivation::Commenting => pipeline::Motivation::Commenting,
        wit::Motivation::Describing => pipeline::Motivation::Describing,
        wit::Motivation::Editing => pipeline::Motivation::Editing,
        wit::Motivation::Highlighting => pipeline::Motivation::Highlighting,
        wit::Motivation::Questioning => pipeline::Motivation::Questioning,
        wit::Motivation::Tagging => pipeline::Motivation::Tagging,
    }
}

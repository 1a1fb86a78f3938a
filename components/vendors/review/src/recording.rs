//! What the service found in a video.

use serde::Deserialize;
use subtp::vtt::{VttBlock, WebVtt};

use crate::files::{CAPTIONS, CHAPTERS, MEDIA, content};
use crate::wit::{
    Annotation, AnnotationBody, AudioTrack, Media, MediaTarget, Motivation, Normalized, ReturnedFile, Target,
    VideoTrack,
};

#[derive(Deserialize)]
struct Recording {
    format: String,
    duration_seconds: f64,
    tracks: Vec<Track>,
}

#[derive(Deserialize)]
struct Track {
    r#type: String,
    codec: String,
    language: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    frame_rate: Option<f64>,
    channels: Option<u16>,
    sample_rate: Option<u32>,
}

pub(crate) fn normalize(files: &[ReturnedFile]) -> Result<Normalized, String> {
    let recording: Recording = serde_json::from_str(content(files, MEDIA)?)
        .map_err(|error| format!("the file {MEDIA} is not the documented JSON: {error}"))?;
    if recording.format != "media/1" {
        return Err(format!(
            "the file {MEDIA} has the format {:?}; this adapter reads \"media/1\"",
            recording.format
        ));
    }
    let duration_ms = milliseconds(recording.duration_seconds)
        .ok_or_else(|| format!("the file {MEDIA} has the duration {}", recording.duration_seconds))?;

    let mut annotations = cues(files, CHAPTERS, Motivation::Describing, duration_ms)?;
    if files.iter().any(|file| file.role == CAPTIONS) {
        annotations.extend(cues(files, CAPTIONS, Motivation::Commenting, duration_ms)?);
    }
    Ok(Normalized {
        language: spoken_language(&recording.tracks),
        text: None,
        media: Some(Media {
            duration_ms,
            video: recording.tracks.iter().find_map(video),
            audio: recording.tracks.iter().find_map(audio),
        }),
        annotations,
        files: Vec::new(),
    })
}

/// Each cue of a WebVTT file is an annotation of its stretch of the recording.
fn cues(
    files: &[ReturnedFile],
    role: &str,
    motivation: Motivation,
    duration_ms: u64,
) -> Result<Vec<Annotation>, String> {
    let text = content(files, role)?;
    let parsed = WebVtt::parse(text).map_err(|error| format!("the file {role} is not WebVTT: {error}"))?;
    let cues = parsed.blocks.into_iter().filter_map(|block| match block {
        VttBlock::Que(cue) => Some(cue),
        _ => None,
    });
    let annotation = |cue: subtp::vtt::VttCue| {
        let millis = |timestamp: subtp::vtt::VttTimestamp| {
            let time: std::time::Duration = timestamp.into();
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        };
        // The last cue may end a rounding error after the recording does; one that begins there is about nothing.
        let (start_ms, end_ms) = (millis(cue.timings.start), millis(cue.timings.end).min(duration_ms));
        let body = AnnotationBody {
            purpose: motivation,
            value: cue.payload.join("\n"),
        };
        (start_ms < end_ms && !body.value.is_empty()).then(|| Annotation {
            motivation,
            bodies: vec![body],
            target: Target::Media(MediaTarget { start_ms, end_ms }),
        })
    };
    Ok(cues.filter_map(annotation).collect())
}

/// Seconds as whole milliseconds, for durations that a recording can have.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked first"
)]
fn milliseconds(seconds: f64) -> Option<u64> {
    const LONGEST: f64 = 30.0 * 24.0 * 3600.0;
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| (seconds * 1000.0).round() as u64)
}

fn video(track: &Track) -> Option<VideoTrack> {
    (track.r#type == "video").then(|| VideoTrack {
        codec: track.codec.clone(),
        width: track.width.unwrap_or_default(),
        height: track.height.unwrap_or_default(),
        frame_rate: track.frame_rate.unwrap_or_default(),
    })
}

fn audio(track: &Track) -> Option<AudioTrack> {
    (track.r#type == "audio").then(|| AudioTrack {
        codec: track.codec.clone(),
        channels: track.channels.unwrap_or_default(),
        sample_rate: track.sample_rate.unwrap_or_default(),
    })
}

/// The language of the first audio track. BCP 47 wants ISO 639's two letters where there are two; the file has three,
/// which is a valid tag only for languages without. So it is said only when it is known to be right.
fn spoken_language(tracks: &[Track]) -> Option<String> {
    let spoken = tracks
        .iter()
        .find(|track| track.r#type == "audio")?
        .language
        .as_deref()?;
    let tag = match spoken {
        "eng" => "en",
        "deu" | "ger" => "de",
        "fra" | "fre" => "fr",
        "spa" => "es",
        "ita" => "it",
        "por" => "pt",
        "nld" | "dut" => "nl",
        _ => return None,
    };
    Some(tag.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    const RECORDING: &str = r#"{"format":"media/1","size":215044,"brand":"isom","duration_seconds":8.0,"tracks":[
        {"id":1,"type":"video","codec":"avc1.64001E","language":null,"duration_seconds":8.0,"width":640,"height":360,
         "frame_rate":25.0,"samples":200,"bit_rate":151220},
        {"id":2,"type":"audio","codec":"mp4a.40.2","language":"eng","duration_seconds":8.0,"channels":1,
         "sample_rate":44100,"samples":345,"bit_rate":64210}]}"#;

    fn file(role: &str, content: &str) -> ReturnedFile {
        ReturnedFile {
            role: role.into(),
            media_type: String::new(),
            size: content.len() as u64,
            sha256: String::new(),
            content: content.into(),
        }
    }

    #[test]
    fn tracks_become_media_and_cues_become_annotations() {
        // The last cue is about nothing: the recording is over by then.
        let chapters = "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nIntroduction\n\n\
                        00:00:04.000 --> 00:00:08.001\nExperiment\n\n\
                        00:00:09.000 --> 00:00:10.000\nCredits\n";
        let normalized = normalize(&[file(MEDIA, RECORDING), file(CHAPTERS, chapters)]).unwrap();
        let media = normalized.media.unwrap();
        assert_eq!(media.duration_ms, 8000);
        assert_eq!(media.video.unwrap().codec, "avc1.64001E");
        assert_eq!(media.audio.unwrap().sample_rate, 44_100);
        assert_eq!(normalized.language.as_deref(), Some("en"));
        let targets: Vec<_> = normalized
            .annotations
            .iter()
            .map(|annotation| annotation.target.clone())
            .collect();
        assert_eq!(
            targets,
            [
                Target::Media(MediaTarget {
                    start_ms: 0,
                    end_ms: 4000
                }),
                Target::Media(MediaTarget {
                    start_ms: 4000,
                    end_ms: 8000
                }),
            ]
        );
    }

    #[test]
    fn a_duration_that_no_recording_has_is_refused() {
        for duration in ["-1", "1e300"] {
            let recording = RECORDING.replacen("8.0", duration, 1);
            assert!(
                normalize(&[file(MEDIA, &recording), file(CHAPTERS, "WEBVTT\n")]).is_err(),
                "{duration}"
            );
        }
    }

    #[test]
    fn chapters_that_are_no_web_vtt_are_named() {
        let error = normalize(&[file(MEDIA, RECORDING), file(CHAPTERS, "<html>")]).unwrap_err();
        assert!(error.contains("chapters"), "{error}");
    }
}

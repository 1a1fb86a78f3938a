//! Classroom videos: what an MP4 file (ISO/IEC 14496-12) says about itself.
//!
//! Only the index of the file is read (`moov`, and `moof` where it is fragmented) and the few samples that are text, so a
//! video of many gigabytes takes no longer than a short one. The file is untrusted: every length is checked against the
//! file or a limit before anything is allocated for it.
//!
//! - this file: the facts (`media.json`), and what goes into which file;
//! - `index`: the boxes of the top level;
//! - `codec`: the name of a codec as RFC 6381 writes it;
//! - `cues`: text tracks, for captions and chapters;
//! - `webvtt`: how cues are written down.

mod codec;
mod cues;
mod index;
mod webvtt;

use std::collections::HashSet;
use std::io::{Read, Seek};

use mp4_atom::{FourCC, Trak};
use serde::Serialize;

use crate::failure::Failure;
pub(crate) use cues::Cue;
use index::{Extent, Index, known};

/// No part of a video without chapters is longer than this, in milliseconds.
const LONGEST_PART: u64 = 60_000;

/// What the review of a video found.
#[derive(Debug)]
pub(crate) struct Film {
    /// The content of `media.json`.
    pub(crate) media: Media,
    /// The content of `chapters.vtt`.
    pub(crate) chapters: String,
    /// The content of `captions.vtt`, if the video has captions.
    pub(crate) captions: Option<String>,
    /// The captions' text and times.
    pub(crate) spoken: Vec<Cue>,
}

impl Film {
    /// The language that is spoken, as ISO 639-1 where the file says one of the world's most spoken, for interfaces that
    /// have no room for others.
    pub(crate) fn language_code(&self) -> Option<&'static str> {
        let track = self.media.tracks.iter().find(|track| track.kind == Kind::Audio)?;
        match track.language.as_deref()? {
            "eng" => Some("en"),
            "deu" | "ger" => Some("de"),
            "fra" | "fre" => Some("fr"),
            "spa" => Some("es"),
            _ => None,
        }
    }
}

impl Media {
    /// How long the film plays.
    pub(crate) fn duration_seconds(&self) -> f64 {
        self.duration_seconds
    }
}

/// The content of `media.json`; the members are described in `API.md`.
#[derive(Debug, Serialize)]
pub(crate) struct Media {
    format: &'static str,
    size: u64,
    brand: String,
    duration_seconds: f64,
    tracks: Vec<Track>,
}

#[derive(Debug, Serialize)]
struct Track {
    id: u32,
    #[serde(rename = "type")]
    kind: Kind,
    codec: String,
    language: Option<String>,
    duration_seconds: f64,
    #[serde(flatten)]
    picture: Option<Picture>,
    #[serde(flatten)]
    sound: Option<Sound>,
    samples: u64,
    bit_rate: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Video,
    Audio,
    Captions,
    Chapters,
    Other,
}

#[derive(Debug, Serialize)]
struct Picture {
    width: u16,
    height: u16,
    frame_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Sound {
    channels: u16,
    sample_rate: u32,
}

/// Reviews an MP4 file of a given length.
pub(crate) fn review(file: &mut (impl Read + Seek), size: u64) -> Result<Film, Failure> {
    let index = Index::read(file, size)?;
    let chapter_tracks: HashSet<u32> = index
        .movie
        .trak
        .iter()
        .filter_map(|track| track.tref.as_ref())
        .flat_map(|references| &references.track_reference_type_boxes)
        .filter(|reference| reference.reference_type == FourCC::new(b"chap"))
        .flat_map(|reference| reference.track_ids.iter().copied())
        .collect();

    let mut tracks = Vec::new();
    let mut chapters = Vec::new();
    let mut captions = Vec::new();
    for track in &index.movie.trak {
        let id = track.tkhd.track_id;
        let kind = kind(track, chapter_tracks.contains(&id));
        match kind {
            Kind::Chapters if chapters.is_empty() => chapters = cues::read(file, size, track)?,
            Kind::Captions if captions.is_empty() => captions = cues::read(file, size, track)?,
            _ => {}
        }
        tracks.push(describe(track, kind, index.extent(track)));
    }
    if !tracks
        .iter()
        .any(|track| track.kind == Kind::Video && track.samples > 0)
    {
        return Err(Failure::unreadable(
            "This file has no video in it. Export the video again and upload the new file.",
        ));
    }
    let duration_seconds = index
        .duration()
        .unwrap_or_else(|| tracks.iter().map(|track| track.duration_seconds).fold(0.0, f64::max));
    let milliseconds = milliseconds(duration_seconds);
    if milliseconds == 0 {
        return Err(Failure::unreadable(
            "This video is empty: it lasts no time at all. Export it again and upload the new file.",
        ));
    }
    if chapters.is_empty() {
        chapters = equal_parts(milliseconds);
    }
    Ok(Film {
        media: Media {
            format: "media/1",
            size,
            brand: index.brand.trim_end().to_owned(),
            duration_seconds: rounded(duration_seconds),
            tracks,
        },
        chapters: webvtt::write(&chapters),
        captions: (!captions.is_empty()).then(|| webvtt::write(&captions)),
        spoken: captions,
    })
}

fn damaged() -> Failure {
    Failure::unreadable(
        "This video is damaged or was not uploaded completely. Export it again and upload the new file.",
    )
}

fn kind(track: &Trak, names_chapters: bool) -> Kind {
    let is_timed_text = matches!(track.mdia.minf.stbl.stsd.codecs.first(), Some(mp4_atom::Codec::Tx3g(_)));
    let handler: [u8; 4] = track.mdia.hdlr.handler.into();
    match &handler {
        b"text" | b"sbtl" if names_chapters => Kind::Chapters,
        b"text" | b"sbtl" if is_timed_text => Kind::Captions,
        b"vide" => Kind::Video,
        b"soun" => Kind::Audio,
        _ => Kind::Other,
    }
}

fn describe(track: &Trak, kind: Kind, extent: Extent) -> Track {
    let header = &track.mdia.mdhd;
    let scale = f64::from(header.timescale.max(1));
    let units = if known(header.duration) {
        header.duration
    } else {
        extent.units
    };
    let seconds = units as f64 / scale;
    let per_second = |amount: f64| (seconds > 0.0).then(|| amount / seconds);
    let codec = track.mdia.minf.stbl.stsd.codecs.first();
    let picture = codec
        .and_then(|codec| codec.visual())
        .filter(|_| kind == Kind::Video)
        .map(|visual| Picture {
            width: visual.width,
            height: visual.height,
            frame_rate: per_second(extent.samples as f64).map(rounded),
        });
    let sound = codec
        .and_then(|codec| codec.audio())
        .filter(|_| kind == Kind::Audio)
        .map(|audio| Sound {
            channels: codec.and_then(codec::channels).unwrap_or(audio.channel_count),
            // Rates above 65,535 Hz do not fit the sample entry; the track's time scale is the rate then, by convention.
            sample_rate: match audio.sample_rate.integer() {
                0 => header.timescale,
                rate => u32::from(rate),
            },
        });
    Track {
        id: track.tkhd.track_id,
        kind,
        codec: codec.map_or_else(String::new, codec::name),
        language: Some(header.language.clone()).filter(|language| {
            language != "und" && language.len() == 3 && language.bytes().all(|byte| byte.is_ascii_lowercase())
        }),
        duration_seconds: rounded(seconds),
        picture,
        sound,
        samples: extent.samples,
        bit_rate: per_second(extent.bytes as f64 * 8.0).map_or(0, whole),
    }
}

/// Chapters for a video that has none.
fn equal_parts(milliseconds: u64) -> Vec<Cue> {
    let count = milliseconds.div_ceil(LONGEST_PART).max(1);
    (0..count)
        .map(|part| Cue {
            start: milliseconds * part / count,
            end: milliseconds * (part + 1) / count,
            text: format!("Part {}", part + 1),
        })
        .collect()
}

/// To three decimals.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// A day's worth of milliseconds at most a hundred times over: hostile files declare ages.
fn milliseconds(seconds: f64) -> u64 {
    whole(seconds * 1000.0).min(100 * 24 * 3_600_000)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn parts_cover_the_whole_and_none_is_longer_than_a_minute() {
        for milliseconds in [1, 8_000, 60_000, 60_001, 3_599_999] {
            let parts = equal_parts(milliseconds);
            assert_eq!(parts.first().unwrap().start, 0);
            assert_eq!(parts.last().unwrap().end, milliseconds);
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(
                parts
                    .iter()
                    .all(|part| part.end > part.start && part.end - part.start <= LONGEST_PART + 1)
            );
        }
    }
}

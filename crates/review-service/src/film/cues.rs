//! Text tracks: 3GPP timed text (TS 26.245), which `QuickTime` chapter tracks share the form of samples with.

use std::io::{Read, Seek, SeekFrom};

use mp4_atom::{Stbl, StszSamples, Trak};

use super::damaged;
use crate::failure::Failure;

/// The most samples of a text track that are read.
const MOST_SAMPLES: usize = 100_000;

/// The most bytes of a sample that are read: its text has a length of 16 bits.
const LARGEST_SAMPLE: u64 = 2 + 65_535;

/// The most text of a track, in bytes.
const MOST_TEXT: usize = 16 << 20;

/// A text and when it is shown, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cue {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) text: String,
}

/// Where a sample is in the file, and when in the track's time units.
struct Place {
    offset: u64,
    size: u32,
    start: u64,
    duration: u32,
}

/// The cues of a text track of a file with a given length; samples without text are pauses, not cues.
pub(super) fn read(file: &mut (impl Read + Seek), length: u64, track: &Trak) -> Result<Vec<Cue>, Failure> {
    let scale = u64::from(track.mdia.mdhd.timescale.max(1));
    let milliseconds = |units: u64| u64::try_from(u128::from(units) * 1000 / u128::from(scale)).unwrap_or(u64::MAX);
    let mut cues = Vec::new();
    let mut total = 0;
    for place in places(&track.mdia.minf.stbl) {
        if place.offset.saturating_add(u64::from(place.size)) > length {
            return Err(damaged());
        }
        file.seek(SeekFrom::Start(place.offset)).map_err(|_| damaged())?;
        let mut sample = Vec::new();
        file.take(LARGEST_SAMPLE.min(u64::from(place.size)))
            .read_to_end(&mut sample)
            .map_err(|_| damaged())?;
        let Some(text) = text(&sample) else { continue };
        total += text.len();
        if total > MOST_TEXT {
            break;
        }
        let (start, end) = (
            milliseconds(place.start),
            milliseconds(place.start + u64::from(place.duration)),
        );
        if start < end && !text.trim().is_empty() {
            cues.push(Cue { start, end, text });
        }
    }
    Ok(cues)
}

/// A sample's text: its length in 16 bits, then UTF-8, or UTF-16 behind a byte order mark.
fn text(sample: &[u8]) -> Option<String> {
    let (length, rest) = sample.split_first_chunk::<2>()?;
    let text = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    if let Some(utf16) = text.strip_prefix(b"\xfe\xff") {
        let units: Vec<u16> = utf16
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        return Some(String::from_utf16_lossy(&units));
    }
    Some(String::from_utf8_lossy(text).into_owned())
}

/// The samples of a track in order, from the tables of ISO/IEC 14496-12, section 8.6 to 8.7: chunks have an offset and a
/// number of samples, samples a size and a duration.
fn places(table: &Stbl) -> Vec<Place> {
    let offsets: Box<dyn Iterator<Item = u64>> = match (&table.co64, &table.stco) {
        (Some(co64), _) => Box::new(co64.entries.iter().copied()),
        (None, Some(stco)) => Box::new(stco.entries.iter().copied().map(u64::from)),
        (None, None) => Box::new(std::iter::empty()),
    };
    let count = match &table.stsz.samples {
        StszSamples::Identical { count, .. } => *count as usize,
        StszSamples::Different { sizes } => sizes.len(),
    }
    .min(MOST_SAMPLES);
    let size = |sample: usize| match &table.stsz.samples {
        StszSamples::Identical { size, .. } => *size,
        StszSamples::Different { sizes } => sizes.get(sample).copied().unwrap_or_default(),
    };
    let mut durations = table
        .stts
        .entries
        .iter()
        .flat_map(|entry| std::iter::repeat_n(entry.sample_delta, entry.sample_count as usize));

    let mut places: Vec<Place> = Vec::new();
    let mut start = 0_u64;
    let mut entry = 0;
    for (chunk, chunk_offset) in (1_u64..).zip(offsets) {
        // The entry that holds for this chunk is the last one whose first chunk is not beyond it.
        while table
            .stsc
            .entries
            .get(entry + 1)
            .is_some_and(|next| u64::from(next.first_chunk) <= chunk)
        {
            entry += 1;
        }
        let samples = table.stsc.entries.get(entry).map_or(0, |entry| entry.samples_per_chunk);
        let mut offset = chunk_offset;
        for _ in 0..samples {
            if places.len() == count {
                return places;
            }
            let size = size(places.len());
            let duration = durations.next().unwrap_or_default();
            places.push(Place {
                offset,
                size,
                start,
                duration,
            });
            offset = offset.saturating_add(u64::from(size));
            start = start.saturating_add(u64::from(duration));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_hold_utf_8_or_utf_16_and_may_lie_about_their_length() {
        assert_eq!(text(b"\0\x05Hallo\0\0\0\x0cstyl").as_deref(), Some("Hallo"));
        assert_eq!(text(b"\0\x06\xfe\xff\0H\x26\x3a").as_deref(), Some("H☺"));
        assert_eq!(text(b"\0\0").as_deref(), Some(""));
        assert_eq!(text(b"\xff\xffHallo"), None);
        assert_eq!(text(b"\0"), None);
    }
}

//! The index of an MP4 or `QuickTime` file: `moov`, and one `moof` per fragment where the file has some. Everything else is passed over.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use mp4_atom::{Atom, FourCC, Ftyp, Header, Moof, Moov, ReadAtom, ReadFrom, StszSamples, Trak, TrunSamples};

use super::damaged;
use crate::failure::Failure;

/// What a file of this family may begin with. MP4 begins with `ftyp`; `QuickTime`'s files, which are older than that box, with any of
/// these (`QuickTime` File Format Specification, "Overview of the file format").
const FIRST: [FourCC; 7] = [
    Ftyp::KIND,
    Moov::KIND,
    FourCC::new(b"mdat"),
    FourCC::new(b"free"),
    FourCC::new(b"skip"),
    FourCC::new(b"wide"),
    FourCC::new(b"pnot"),
];

/// The brand of a file that names none.
const UNNAMED: &str = "qt";

/// The most bytes that an index may have: that of a three-hour video has about twenty million.
const LARGEST_INDEX: u64 = 256 << 20;

/// Samples, bytes and time units of a track, as far as they are known.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Extent {
    pub(super) samples: u64,
    pub(super) bytes: u64,
    pub(super) units: u64,
}

/// The boxes that describe a file.
pub(super) struct Index {
    pub(super) brand: String,
    pub(super) movie: Moov,
    /// What the fragments add to each track; empty for a file without fragments.
    fragments: HashMap<u32, Extent>,
}

impl Index {
    /// Reads the index of a file of a given length.
    pub(super) fn read(file: &mut (impl Read + Seek), size: u64) -> Result<Self, Failure> {
        let mut brand = None;
        let mut movie: Option<Moov> = None;
        let mut fragments = HashMap::new();
        let mut position = 0;
        while position < size {
            file.seek(SeekFrom::Start(position)).map_err(|_| damaged())?;
            let header = Header::read_from(file).map_err(|_| damaged())?;
            let begin = file.stream_position().map_err(|_| damaged())?;
            let rest = size.saturating_sub(begin);
            let length = header.size.map_or(rest, |length| length as u64);
            if position == 0 && !FIRST.contains(&header.kind) {
                return Err(Failure::unreadable(
                    "This file is neither an MP4 nor a QuickTime video. Export the video as MP4 and upload it again.",
                ));
            }
            if length > rest {
                return Err(damaged());
            }
            if header.kind == Ftyp::KIND || header.kind == Moov::KIND || header.kind == Moof::KIND {
                if length > LARGEST_INDEX {
                    return Err(damaged());
                }
                // A box without a length goes to the end of the file.
                let header = Header {
                    size: usize::try_from(length).ok(),
                    ..header
                };
                if header.kind == Ftyp::KIND {
                    brand = Some(
                        Ftyp::read_atom(&header, file)
                            .map_err(|_| damaged())?
                            .major_brand
                            .to_string(),
                    );
                } else if header.kind == Moov::KIND {
                    movie = Some(Moov::read_atom(&header, file).map_err(|_| damaged())?);
                } else {
                    let fragment = Moof::read_atom(&header, file).map_err(|_| damaged())?;
                    add_fragment(&mut fragments, &fragment, movie.as_ref());
                }
            }
            position = begin + length;
        }
        let movie = movie.ok_or_else(damaged)?;
        Ok(Self {
            brand: brand.unwrap_or_else(|| UNNAMED.to_owned()),
            movie,
            fragments,
        })
    }

    /// The duration that the file declares for the whole presentation, in seconds.
    pub(super) fn duration(&self) -> Option<f64> {
        let header = &self.movie.mvhd;
        let fragmented = self
            .movie
            .mvex
            .as_ref()
            .and_then(|mvex| mvex.mehd.as_ref())
            .map(|mehd| mehd.fragment_duration);
        let units = [Some(header.duration), fragmented]
            .into_iter()
            .flatten()
            .find(|units| known(*units))?;
        (header.timescale > 0).then(|| units as f64 / f64::from(header.timescale))
    }

    /// The samples of a track, those in fragments included.
    pub(super) fn extent(&self, track: &Trak) -> Extent {
        let table = &track.mdia.minf.stbl;
        let (samples, bytes) = match &table.stsz.samples {
            StszSamples::Identical { count, size } => (u64::from(*count), u64::from(*count) * u64::from(*size)),
            StszSamples::Different { sizes } => (sizes.len() as u64, sizes.iter().map(|size| u64::from(*size)).sum()),
        };
        let units = table
            .stts
            .entries
            .iter()
            .map(|entry| u64::from(entry.sample_count) * u64::from(entry.sample_delta))
            .fold(0, u64::saturating_add);
        let added = self.fragments.get(&track.tkhd.track_id).copied().unwrap_or_default();
        Extent {
            samples: samples.saturating_add(added.samples),
            bytes: bytes.saturating_add(added.bytes),
            units: units.saturating_add(added.units),
        }
    }
}

/// Neither zero nor the "all ones" that stand for "unknown".
pub(super) fn known(units: u64) -> bool {
    units != 0 && units != u64::from(u32::MAX) && units != u64::MAX
}

fn add_fragment(fragments: &mut HashMap<u32, Extent>, fragment: &Moof, movie: Option<&Moov>) {
    for track in &fragment.traf {
        let id = track.tfhd.track_id;
        let defaults = movie
            .and_then(|movie| movie.mvex.as_ref())
            .and_then(|mvex| mvex.trex.iter().find(|trex| trex.track_id == id));
        let duration = track
            .tfhd
            .default_sample_duration
            .or(defaults.map(|trex| trex.default_sample_duration));
        let size = track
            .tfhd
            .default_sample_size
            .or(defaults.map(|trex| trex.default_sample_size));
        let extent = fragments.entry(id).or_default();
        for run in &track.trun {
            if let TrunSamples::Inherited { count, .. } = &run.samples {
                // Nothing but a count, which the file may claim at will: no loop over it.
                let count = u64::from(*count);
                extent.samples = extent.samples.saturating_add(count);
                extent.bytes = extent
                    .bytes
                    .saturating_add(count.saturating_mul(size.unwrap_or_default().into()));
                extent.units = extent
                    .units
                    .saturating_add(count.saturating_mul(duration.unwrap_or_default().into()));
                continue;
            }
            for sample in &run.samples {
                extent.samples = extent.samples.saturating_add(1);
                extent.bytes = extent
                    .bytes
                    .saturating_add(sample.size.or(size).unwrap_or_default().into());
                extent.units = extent
                    .units
                    .saturating_add(sample.duration.or(duration).unwrap_or_default().into());
            }
        }
    }
}

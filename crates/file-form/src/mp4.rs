//! MP4 (ISO/IEC 14496-12, section 4.2): a file is a sequence of boxes, each with its size and type.
//!
//! Only the headers of the boxes are read, so a video of any length costs a few bytes of memory. A file that was cut off
//! ends inside of a box; one whose recording was never finished has no index (`moov`).

use serde::{Deserialize, Serialize};

use crate::{Wrong, wrong};

/// The header of a box: 32 bits of size and the type, then 64 bits of size where the first were not enough.
const HEADER: usize = 8;
const LONG_HEADER: usize = 16;

/// Boxes that pass by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mp4 {
    /// How many bytes have passed.
    position: u64,
    /// How many bytes of the present box are still to come.
    skip: u64,
    /// The present box reaches to the end of the file, wherever that is.
    endless: bool,
    /// The beginning of the next box's header.
    header: Vec<u8>,
    /// Where the index ends, once it has begun.
    index_end: Option<u64>,
    /// How many tracks the index has.
    tracks: u32,
    /// What is wrong, as soon as something is.
    fault: Option<String>,
}

impl Mp4 {
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.fault.is_none() && !self.endless {
            let passed = if self.skip > 0 {
                let passed = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
                self.skip -= passed as u64;
                passed
            } else {
                let is_long = self.header.starts_with(&[0, 0, 0, 1]);
                let length = if is_long && self.header.len() >= HEADER {
                    LONG_HEADER
                } else {
                    HEADER
                };
                let passed = (length - self.header.len()).min(bytes.len());
                self.header.extend_from_slice(&bytes[..passed]);
                passed
            };
            self.position += passed as u64;
            bytes = &bytes[passed..];
            if let Some((kind, size, header)) = self.read_header() {
                self.header.clear();
                self.begin(kind, size, header);
            }
        }
    }

    /// Type, size and length of the header, once it is there.
    fn read_header(&self) -> Option<([u8; 4], u64, u64)> {
        let (size, rest) = self.header.split_first_chunk::<4>()?;
        let (kind, long) = rest.split_first_chunk::<4>()?;
        match u32::from_be_bytes(*size) {
            1 => Some((*kind, u64::from_be_bytes(*long.first_chunk()?), LONG_HEADER as u64)),
            size => Some((*kind, size.into(), HEADER as u64)),
        }
    }

    fn begin(&mut self, kind: [u8; 4], size: u64, header: u64) {
        let start = self.position - header;
        let name = kind.escape_ascii();
        if start == 0 && kind != *b"ftyp" {
            self.fault = Some("it does not begin as MP4 does".into());
            return;
        }
        if size == 0 {
            self.endless = true;
            return;
        }
        let end = start.checked_add(size);
        let inside = self.index_end.is_some_and(|index_end| start < index_end);
        match end {
            Some(end) if size >= header && (!inside || Some(end) <= self.index_end) => {
                if kind == *b"moov" && self.index_end.is_none() {
                    // What is in the index is looked at box by box, too.
                    self.index_end = Some(end);
                    return;
                }
                if inside && kind == *b"trak" {
                    self.tracks = self.tracks.saturating_add(1);
                }
                self.skip = size - header;
            }
            _ => self.fault = Some(format!("its box {name} at byte {start} has an impossible size")),
        }
    }

    pub(crate) fn finish(self) -> Result<(), Wrong> {
        if let Some(fault) = self.fault {
            return Err(wrong(fault));
        }
        let cut_off = self.skip > 0
            || !self.header.is_empty()
            || self.index_end.is_some_and(|index_end| self.position < index_end);
        if cut_off {
            return Err(wrong(format!(
                "it was cut off: after {} bytes it ends inside of a box",
                self.position
            )));
        }
        if self.index_end.is_none() {
            return Err(wrong("it has no index (moov)"));
        }
        if self.tracks == 0 {
            return Err(wrong("it has no track"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    fn judged(bytes: &[u8], size: usize) -> Result<(), String> {
        let mut boxes = Mp4::default();
        for piece in bytes.chunks(size) {
            boxes.update(piece);
            // Going on from what was written down is the same.
            boxes = serde_json::from_str(&serde_json::to_string(&boxes).unwrap()).unwrap();
        }
        boxes.finish().map_err(|wrong| wrong.to_string())
    }

    fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(HEADER + content.len()).unwrap();
        [&size.to_be_bytes(), &kind, content].concat()
    }

    fn film() -> Vec<u8> {
        let track = boxed(*b"trak", b"tkhd and so on");
        let index = boxed(*b"moov", &[boxed(*b"mvhd", &[0; 20]), track].concat());
        let long = [&1_u32.to_be_bytes()[..], b"mdat", &(16_u64 + 5).to_be_bytes(), b"video"].concat();
        [boxed(*b"ftyp", b"isom"), long, index].concat()
    }

    #[test]
    fn a_whole_film_is_taken_and_any_part_of_it_is_not() {
        let film = film();
        for size in [1, 3, 7, film.len()] {
            assert_eq!(judged(&film, size), Ok(()));
        }
        for end in 0..film.len() {
            assert!(judged(&film[..end], 5).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_no_film_is_named() {
        for (bytes, says) in [
            (b"<!doctype html><title>Sign in</title>".to_vec(), "does not begin"),
            (boxed(*b"ftyp", b"isom"), "no index"),
            ([boxed(*b"ftyp", b""), boxed(*b"moov", b"")].concat(), "no track"),
            (
                [boxed(*b"ftyp", b""), vec![0, 0, 0, 7, b'f', b'r', b'e', b'e']].concat(),
                "impossible size",
            ),
            (
                [
                    boxed(*b"ftyp", b""),
                    boxed(*b"moov", &[0, 0, 1, 0, b't', b'r', b'a', b'k']),
                ]
                .concat(),
                "impossible size",
            ),
        ] {
            let reason = judged(&bytes, 4).unwrap_err();
            assert!(reason.contains(says), "{says}: {reason}");
        }
    }

    #[test]
    fn the_last_box_may_reach_to_the_end() {
        let mut film = film();
        film.extend([0, 0, 0, 0]);
        film.extend(b"mdatwhatever");
        assert_eq!(judged(&film, 9), Ok(()));
    }
}

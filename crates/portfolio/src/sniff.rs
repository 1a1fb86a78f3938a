//! Whether the first bytes of a file are what its media type says.
//!
//! A name's extension and a declared media type are claims; the bytes are the fact. Checking them early keeps a file
//! that no reviewer could open from travelling for an hour before somebody notices, and tells the teacher what the file
//! seems to be instead. It is no proof that the file is sound: that is found out by whoever reads it whole.
//!
//! Binary formats are recognized by the `infer` crate. Two things are decided here, because signatures alone get them
//! wrong:
//!
//! - Text has no signature. A text that begins with `BM` is no bitmap, and one that begins with `MZ` no program, so
//!   plain text and Markdown are judged by what text cannot contain: bytes that are not UTF-8, and control characters.
//! - Containers are many things. A DOCX is a ZIP archive with certain names in it, in an order that differs from
//!   program to program; an MP4 names its brands (ISO/IEC 14496-12, section 4.3), and cameras put their own first.

use std::fmt;

use crate::kind::MediaType;

/// How many bytes from the beginning of a file [`check`] wants to see: all of them, if the file is shorter. It is enough
/// to get past the thumbnail that some programs put into a DOCX before its text.
pub const FIRST_BYTES: usize = 64 * 1024;

/// A file is not what was declared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The file was announced as {}, but {found}. {}", .declared.described(), advice(*.declared, found))]
pub struct Mismatch {
    /// What the file was declared to be.
    pub declared: MediaType,
    /// What it seems to be.
    pub found: Found,
}

/// What the bytes of a file that was declared as something else seem to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There are none.
    Nothing,
    /// Another format: its media type, as far as it can be told.
    Other(&'static str),
    /// Text, but not in UTF-8: most likely in UTF-16, as old Windows programs save it.
    Utf16,
    /// Text, but not in UTF-8.
    OtherEncoding,
    /// Text.
    Text,
    /// Nothing that is known.
    Unknown,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("it is empty"),
            Self::Other(media_type) => write!(formatter, "its content is {}", described(media_type)),
            Self::Utf16 => formatter.write_str("its text is encoded as UTF-16"),
            Self::OtherEncoding => formatter.write_str("its content is not text in UTF-8"),
            Self::Text => formatter.write_str("its content is plain text"),
            Self::Unknown => formatter.write_str("its content is of no known kind"),
        }
    }
}

/// Checks the first bytes of a file, [`FIRST_BYTES`] or the whole file, against its declared media type.
pub fn check(first_bytes: &[u8], declared: MediaType) -> Result<(), Mismatch> {
    let verdict = if first_bytes.is_empty() {
        Err(Found::Nothing)
    } else {
        match declared {
            MediaType::PlainText | MediaType::Markdown => check_text(first_bytes),
            MediaType::Pdf => check_pdf(first_bytes),
            MediaType::Docx => check_docx(first_bytes),
            MediaType::Odt | MediaType::Rtf | MediaType::Avi | MediaType::Mpeg | MediaType::Wmv => {
                check_signature(first_bytes, declared)
            }
            MediaType::Mp4 | MediaType::M4v => check_mp4(first_bytes),
            MediaType::QuickTime => check_quicktime(first_bytes),
        }
    };
    verdict.map_err(|found| Mismatch { declared, found })
}

fn check_text(bytes: &[u8]) -> Result<(), Found> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Found::Utf16);
    }
    // These formats are written in ASCII, so the bytes alone would pass as text.
    for (signature, media_type) in [
        ("%PDF-", "application/pdf"),
        ("{\\rtf", "application/rtf"),
        ("%!PS", "application/postscript"),
    ] {
        if bytes.starts_with(signature.as_bytes()) {
            return Err(Found::Other(media_type));
        }
    }
    if is_text(bytes) {
        return Ok(());
    }
    // Only a signature that is confirmed by bytes that no text has is believed.
    match recognize(bytes) {
        Found::Unknown if !bytes.contains(&0) => Err(Found::OtherEncoding),
        found => Err(found),
    }
}

/// Whether the bytes are the beginning of a text in UTF-8. A character that is cut off at the end is none the worse.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && bytes.len() >= FIRST_BYTES => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    // Form feeds divide pages in old texts, and terminals colour text with escapes; the rest of C0 has no use in text.
    let is_stray = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    !text.bytes().any(is_stray)
}

fn check_pdf(bytes: &[u8]) -> Result<(), Found> {
    match recognize(bytes) {
        Found::Other("application/pdf") => Ok(()),
        found => Err(found),
    }
}

/// For formats whose signature says all.
fn check_signature(bytes: &[u8], declared: MediaType) -> Result<(), Found> {
    match recognize(bytes) {
        Found::Other(media_type) if media_type == declared.as_str() => Ok(()),
        found => Err(found),
    }
}

fn check_docx(bytes: &[u8]) -> Result<(), Found> {
    match recognize(bytes) {
        Found::Other(media_type) if media_type == MediaType::Docx.as_str() => Ok(()),
        Found::Other("application/zip") if contains_word_part(bytes) => Ok(()),
        found => Err(found),
    }
}

/// Whether one of the archive's local file headers (APPNOTE.TXT, section 4.3.7) within these bytes names a part of a
/// Word document.
fn contains_word_part(bytes: &[u8]) -> bool {
    const NAME_AT: usize = 30;
    bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == b"PK\x03\x04")
        .any(|(at, _)| bytes.get(at + NAME_AT..).is_some_and(|name| name.starts_with(b"word/")))
}

fn check_mp4(bytes: &[u8]) -> Result<(), Found> {
    match recognize(bytes) {
        // The M4V brand is MP4 with another extension.
        Found::Other("video/mp4" | "video/x-m4v") => Ok(()),
        // QuickTime's own brand is another format, whatever else it claims to be compatible with.
        found @ Found::Other("video/quicktime") => Err(found),
        _ if has_mp4_brand(bytes) => Ok(()),
        found => Err(found),
    }
}

/// `QuickTime` files say so in their first atom; those of before the file type atom begin with one of its predecessors
/// (`QuickTime` File Format, "Movie atoms").
fn check_quicktime(bytes: &[u8]) -> Result<(), Found> {
    match recognize(bytes) {
        Found::Other("video/quicktime") => Ok(()),
        Found::Unknown
            if matches!(
                bytes.get(4..8),
                Some(b"moov" | b"mdat" | b"free" | b"skip" | b"wide" | b"pnot")
            ) =>
        {
            Ok(())
        }
        found => Err(found),
    }
}

/// Whether the file type box, the first of the file, lists a brand that makes it an MP4.
fn has_mp4_brand(bytes: &[u8]) -> bool {
    let Some((size, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let size = u32::from_be_bytes(*size) as usize;
    let end = size.min(bytes.len());
    if !rest.starts_with(b"ftyp") || end < 16 {
        return false;
    }
    // The major brand, four bytes of version, then the compatible brands.
    let major = &bytes[8..12];
    let compatible = bytes[16..end].chunks_exact(4);
    std::iter::once(major)
        .chain(compatible)
        .any(|brand| matches!(brand, b"isom" | b"mp41" | b"mp42" | b"avc1") || is_iso_version(brand))
}

/// `iso2` to `iso9`, `isoa`, `isob`, `isoc`: the editions of the ISO base media file format.
fn is_iso_version(brand: &[u8]) -> bool {
    matches!(brand, [b'i', b's', b'o', b'2'..=b'9' | b'a'..=b'c'])
}

fn recognize(bytes: &[u8]) -> Found {
    match infer::get(bytes) {
        Some(kind) if kind.matcher_type() == infer::MatcherType::Text => Found::Text,
        Some(kind) => Found::Other(kind.mime_type()),
        None if is_text(bytes) => Found::Text,
        None => Found::Unknown,
    }
}

/// What people call a file of this media type, with its article.
fn described(media_type: &str) -> &str {
    match media_type {
        "application/pdf" => "a PDF document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "a Word document (DOCX)",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "an Excel workbook",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "a PowerPoint presentation",
        "application/msword" | "application/x-ole-storage" => "a document of an old Office program",
        "application/vnd.oasis.opendocument.text" => "an OpenDocument text",
        "application/rtf" => "a rich text document (RTF)",
        "application/postscript" => "a PostScript document",
        "application/epub+zip" => "an e-book",
        "application/zip" => "a ZIP archive",
        "application/x-executable" | "application/vnd.microsoft.portable-executable" | "application/x-mach-binary" => {
            "a program"
        }
        "video/mp4" | "video/x-m4v" => "an MP4 video",
        "video/quicktime" => "a QuickTime video (MOV)",
        "video/x-msvideo" => "an AVI video",
        "video/mpeg" => "an MPEG video",
        "video/x-ms-wmv" => "a Windows Media video (WMV)",
        other => other
            .split_once('/')
            .and_then(|(class, _)| match class {
                "image" => Some("a picture"),
                "audio" => Some("a sound recording"),
                "video" => Some("a video of another format"),
                _ => None,
            })
            .unwrap_or(other),
    }
}

/// What a teacher can do about it.
fn advice(declared: MediaType, found: &Found) -> &'static str {
    match (found, declared) {
        (Found::Nothing, _) => "Check the file on your computer, and upload it again.",
        (Found::Utf16 | Found::OtherEncoding, _) => "Save it again with the encoding UTF-8, and upload that file.",
        (_, MediaType::PlainText | MediaType::Markdown) => {
            "Upload it as what it is, or save its text as a text file first."
        }
        (_, MediaType::Docx) => "Open it in your word processor, save it as DOCX, and upload that file.",
        (_, MediaType::Pdf) => "Open it in the program that made it, export it as PDF, and upload that file.",
        (_, MediaType::Odt) => "Open it in your word processor, save it as ODT, and upload that file.",
        (_, MediaType::Rtf) => "Open it in your word processor, save it as RTF, and upload that file.",
        (
            _,
            MediaType::Mp4 | MediaType::QuickTime | MediaType::M4v | MediaType::Avi | MediaType::Mpeg | MediaType::Wmv,
        ) => "Export the video as MP4 (H.264), and upload that file.",
    }
}

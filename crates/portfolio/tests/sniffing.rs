//! Files are recognized by what is in them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic"
)]

use portfolio::MediaType;
use portfolio::sniff::{FIRST_BYTES, Found, check};
use proptest::prelude::*;

/// A ZIP archive's local file headers, stored, with the given names and contents.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in entries {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        bytes.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(content);
    }
    bytes
}

/// The file type box of an MP4 with the given brands, the major one first, and the beginning of the next box.
fn mp4(brands: &[&[u8; 4]]) -> Vec<u8> {
    let size = u32::try_from(12 + 4 * brands.len()).unwrap();
    let mut bytes = size.to_be_bytes().to_vec();
    bytes.extend_from_slice(b"ftyp");
    bytes.extend_from_slice(brands[0]);
    bytes.extend_from_slice(&[0, 0, 2, 0]);
    brands[1..].iter().for_each(|brand| bytes.extend_from_slice(*brand));
    bytes.extend_from_slice(b"\0\0\0\x08free\0\0\x01\0mdat");
    bytes
}

fn found(bytes: &[u8], declared: MediaType) -> Found {
    check(bytes, declared).expect_err("a mismatch").found
}

#[test]
fn documents_are_what_they_say() {
    let word = |first: &str| {
        zip(&[
            (first, b"<Types/>"),
            ("_rels/.rels", b"<x/>"),
            ("word/document.xml", b"<w/>"),
        ])
    };
    let picture = vec![0x55; 30_000];
    let with_thumbnail = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<x/>"),
        ("docProps/thumbnail.jpeg", &picture),
        ("word/document.xml", b"<w/>"),
    ]);
    for docx in [word("[Content_Types].xml"), word("customXml/item1.xml"), with_thumbnail] {
        assert_eq!(check(&docx, MediaType::Docx), Ok(()));
    }
    assert_eq!(check(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", MediaType::Pdf), Ok(()));
    assert_eq!(check(b"\r\n\r\n%PDF-1.4\n", MediaType::Pdf), Ok(()));
}

#[test]
fn videos_are_what_they_say_whatever_the_camera_calls_them() {
    for brands in [
        &[b"isom", b"iso2", b"avc1", b"mp41"][..],
        &[b"mp42"],
        &[b"iso6", b"mp41"],
        &[b"M4V ", b"M4A ", b"mp42"],
        &[b"XAVC", b"mp42", b"iso2"],
        &[b"iso8", b"dash"],
    ] {
        assert_eq!(check(&mp4(brands), MediaType::Mp4), Ok(()), "{brands:?}");
    }
    assert_eq!(
        found(&mp4(&[b"qt  ", b"mp42"]), MediaType::Mp4),
        Found::Other("video/quicktime")
    );
    assert_eq!(found(&mp4(&[b"zzzz", b"yyyy"]), MediaType::Mp4), Found::Unknown);
    assert_eq!(
        found(&[0, 0, 0, 20, b'f', b't', b'y', b'p'], MediaType::Mp4),
        Found::Unknown
    );
}

#[test]
fn the_other_formats_that_are_taken_are_told_by_their_signatures() {
    let odt = zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"<office/>"),
    ]);
    let riff = |kind: &[u8; 4]| [b"RIFF\x24\x00\x00\x00", &kind[..], b"LIST"].concat();
    let asf = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C";
    for (bytes, declared) in [
        (&odt[..], MediaType::Odt),
        (b"{\\rtf1\\ansi Plan}", MediaType::Rtf),
        (&mp4(&[b"qt  "]), MediaType::QuickTime),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", MediaType::QuickTime),
        (&mp4(&[b"M4V ", b"mp42"]), MediaType::M4v),
        (&mp4(&[b"mp42", b"M4V "]), MediaType::M4v),
        (&riff(b"AVI "), MediaType::Avi),
        (b"\0\0\x01\xBA\x44\0\x04\0\x04\x01", MediaType::Mpeg),
        (b"\0\0\x01\xB3\x16\0\xF0\xC4", MediaType::Mpeg),
        (asf, MediaType::Wmv),
    ] {
        assert_eq!(check(bytes, declared), Ok(()), "{declared}");
        for other in [MediaType::Docx, MediaType::Pdf, MediaType::PlainText] {
            assert!(check(bytes, other).is_err(), "{declared} is no {other}");
        }
    }
    assert!(check(&riff(b"WAVE"), MediaType::Avi).is_err());
    assert_eq!(
        found(&odt, MediaType::Mp4),
        Found::Other("application/vnd.oasis.opendocument.text")
    );
    // A recording of an iPhone that was renamed.
    assert_eq!(found(&mp4(&[b"qt  "]), MediaType::Mp4), Found::Other("video/quicktime"));
}

#[test]
fn text_is_what_has_no_bytes_that_text_cannot_have() {
    for text in [
        "BMI and nutrition".as_bytes(),
        b"MZ",
        b"GIF89a is a format of pictures.",
        b"<!-- a comment -->\n# Plan",
        b"#!/usr/bin/env more text",
        "\u{FEFF}Grüße – 日本語\r\n\t\x0C".as_bytes(),
    ] {
        assert_eq!(check(text, MediaType::PlainText), Ok(()), "{text:?}");
        assert_eq!(check(text, MediaType::Markdown), Ok(()), "{text:?}");
    }
}

#[test]
fn a_character_cut_off_by_the_look_at_the_beginning_is_no_fault() {
    let text = format!("{}€", "a".repeat(FIRST_BYTES - 1));
    assert_eq!(check(&text.as_bytes()[..FIRST_BYTES], MediaType::PlainText), Ok(()));
    // But a whole file that ends in the middle of a character is damaged.
    assert_eq!(found(b"abc\xE2\x82", MediaType::PlainText), Found::OtherEncoding);
}

#[test]
fn a_mismatch_tells_a_teacher_what_it_is_and_what_to_do() {
    let zip = zip(&[("holiday.jpg", b"...")]);
    for (bytes, declared, message) in [
        (
            &zip[..],
            MediaType::Mp4,
            "The file was announced as an MP4 video, but its content is a ZIP archive. Export the video as MP4 (H.264), and \
             upload that file.",
        ),
        (
            b"\xFF\xFEP\0l\0a\0n\0",
            MediaType::PlainText,
            "The file was announced as a plain text file, but its text is encoded as UTF-16. Save it again with the encoding \
             UTF-8, and upload that file.",
        ),
        (
            b"%PDF-1.4\n",
            MediaType::Markdown,
            "The file was announced as a Markdown file, but its content is a PDF document. Upload it as what it is, or save \
             its text as a text file first.",
        ),
        (
            b"",
            MediaType::Docx,
            "The file was announced as a Word document (DOCX), but it is empty. Check the file on your computer, and upload \
             it again.",
        ),
        (
            b"Dear diary",
            MediaType::Pdf,
            "The file was announced as a PDF document, but its content is plain text. Open it in the program that made it, \
             export it as PDF, and upload that file.",
        ),
    ] {
        assert_eq!(check(bytes, declared).unwrap_err().to_string(), message);
    }
    let program = [b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF".as_slice(), &[0; 64]].concat();
    assert_eq!(
        found(&program, MediaType::PlainText),
        Found::Other("application/vnd.microsoft.portable-executable")
    );
    assert_eq!(
        found(
            "Gr\u{FC}\u{DF}e"
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<_>>()
                .as_slice(),
            MediaType::PlainText
        ),
        Found::OtherEncoding
    );
}

fn media_type() -> impl Strategy<Value = MediaType> {
    prop::sample::select(MediaType::ALL.to_vec())
}

/// Beginnings that lead deep into the recognizers.
fn signature() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        Just(b"PK\x03\x04".to_vec()),
        Just(zip(&[("[Content_Types].xml", b"")])),
        Just(zip(&[("docProps/app.xml", b""), ("x", b""), ("word/", b"")])),
        Just(mp4(&[b"isom"])),
        Just(b"\0\0\0\x18ftyp".to_vec()),
        Just(b"\xFF\xFF\xFF\xFFftypzzzz\0\0\0\0".to_vec()),
        Just(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec()),
        Just(b"%PDF".to_vec()),
        Just(b"\x1A\x45\xDF\xA3".to_vec()),
    ]
}

proptest! {
    /// Hostile bytes get a verdict, never a panic; and the same verdict every time.
    #[test]
    fn any_bytes_can_be_looked_at(
        signature in signature(), cut in 0..200_usize, rest in prop::collection::vec(any::<u8>(), 0..400), declared in media_type(),
    ) {
        let mut bytes = signature;
        bytes.extend(rest);
        bytes.truncate(bytes.len().saturating_sub(cut));
        prop_assert_eq!(check(&bytes, declared), check(&bytes, declared));
    }

    /// Every text that people write is text, and is none of the binary formats.
    #[test]
    fn any_text_is_text(text in "[ -~äöü€日本\n\t]{1,200}") {
        prop_assume!(!["%PDF-", "{\\rtf", "%!PS"].iter().any(|signature| text.starts_with(signature)));
        prop_assert_eq!(check(text.as_bytes(), MediaType::PlainText), Ok(()));
        prop_assert!(check(text.as_bytes(), MediaType::Docx).is_err());
        prop_assert!(check(text.as_bytes(), MediaType::Mp4).is_err());
    }
}

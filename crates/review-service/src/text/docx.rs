//! Word documents (DOCX: Office Open XML, ECMA-376, `WordprocessingML` in a ZIP archive).
//!
//! Two parts of the archive matter: `_rels/.rels` says where the main document is, and the main document holds the
//! paragraphs. Headers, footers, notes and comments are not part of the text that is reviewed.

use std::io::{BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use super::Blocks;
use crate::failure::Failure;

/// The most bytes that a part may unpack to: a longer one is a bomb rather than a lesson plan.
const LARGEST_PART: u64 = 64 << 20;

/// How deep elements may nest.
const DEEPEST: usize = 256;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The document's paragraphs, in order; those in tables cell by cell.
pub(crate) fn read(bytes: &[u8]) -> Result<String, Failure> {
    // Word puts encrypted documents, and those of its older format, into an OLE container instead of a ZIP archive.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Failure::unreadable(
            "This Word document is protected by a password, or was saved in the old format (.doc). \
             Save it without a password as .docx and upload the new file.",
        ));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let main = main_part(&mut archive)?;
    paragraphs(BufReader::new(part(&mut archive, &main)?))
}

fn damaged() -> Failure {
    Failure::unreadable("This Word document is damaged and cannot be opened. Save it again and upload the new file.")
}

/// The decompressed content of a part, as far as its size is allowed.
fn part<'a>(archive: &'a mut Archive<'_>, name: &str) -> Result<impl Read + 'a, Failure> {
    let file = archive.by_name(name).map_err(|error| match error {
        ZipError::FileNotFound => {
            Failure::unreadable("This file is an archive, but not a Word document. Upload the document itself.")
        }
        _ => damaged(),
    })?;
    Ok(file.take(LARGEST_PART))
}

/// The name of the main document part, as the package's relationships give it.
fn main_part(archive: &mut Archive<'_>) -> Result<String, Failure> {
    let mut reader = Reader::from_reader(BufReader::new(part(archive, "_rels/.rels")?));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| damaged())? {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == b"Relationship" => {
                let kind = attribute(&element, b"Type").unwrap_or_default();
                if kind.ends_with("/officeDocument")
                    && let Some(target) = attribute(&element, b"Target")
                {
                    return Ok(target.trim_start_matches('/').to_owned());
                }
            }
            Event::Eof => return Err(damaged()),
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let value = element
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name)?;
    String::from_utf8(value.value.into_owned()).ok()
}

/// Reads `w:p` as blocks and `w:t` as their text.
fn paragraphs(part: impl std::io::BufRead) -> Result<String, Failure> {
    let mut reader = Reader::from_reader(part);
    let mut blocks = Blocks::default();
    let mut buffer = Vec::new();
    let mut depth = 0_usize;
    // Inside of `w:t`: everywhere else text is white space between elements, or was deleted.
    let mut in_text = false;
    // The depth of a subtree that is passed over: `mc:Fallback` repeats what `mc:Choice` said.
    let mut skipping: Option<usize> = None;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| damaged())? {
            Event::Start(element) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(damaged());
                }
                match element.local_name().as_ref() {
                    b"Fallback" if skipping.is_none() => skipping = Some(depth),
                    b"t" => in_text = true,
                    b"p" => blocks.end(),
                    name => push_break(&mut blocks, name),
                }
            }
            Event::Empty(element) => push_break(&mut blocks, element.local_name().as_ref()),
            Event::End(element) => {
                match element.local_name().as_ref() {
                    b"t" => in_text = false,
                    b"p" => blocks.end(),
                    _ => {}
                }
                if skipping == Some(depth) {
                    skipping = None;
                }
                depth = depth.saturating_sub(1);
            }
            Event::Text(text) if in_text && skipping.is_none() => {
                blocks.push(&text.decode().map_err(|_| damaged())?);
            }
            Event::GeneralRef(reference) if in_text && skipping.is_none() => {
                let name = reference.decode().map_err(|_| damaged())?;
                let text = quick_xml::escape::unescape(&format!("&{name};"))
                    .map_err(|_| damaged())?
                    .into_owned();
                blocks.push(&text);
            }
            Event::Eof if depth == 0 => return Ok(blocks.finish()),
            Event::Eof => return Err(damaged()),
            _ => {}
        }
    }
}

/// What stands for an element of a run that is not text.
fn push_break(blocks: &mut Blocks, name: &[u8]) {
    match name {
        b"tab" => blocks.push("\t"),
        b"br" | b"cr" => blocks.push("\n"),
        b"noBreakHyphen" => blocks.push("\u{2011}"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    const RELATIONSHIPS: &[u8] = br#"<Relationships><Relationship Id="1" Target="/word/main.xml"
        Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>"#;

    #[test]
    fn runs_breaks_entities_and_alternatives() {
        let main = br#"<w:document><w:body>
            <w:p><w:r><w:t xml:space="preserve">Salt &amp; </w:t></w:r><w:del><w:r><w:delText>no</w:delText></w:r></w:del>
              <w:r><w:t>water&#33;</w:t><w:br/><w:t>Next</w:t></w:r></w:p>
            <w:p/>
            <mc:AlternateContent><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice>
              <mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>
        </w:body></w:document>"#;
        let text = read(&archive(&[("_rels/.rels", RELATIONSHIPS), ("word/main.xml", main)])).unwrap();
        assert_eq!(text, "Salt & water!\nNext\n\nbox\n");
    }

    #[test]
    fn an_archive_that_is_no_word_document_is_refused() {
        let failure = read(&archive(&[("photo.jpg", b"...")])).unwrap_err();
        assert!(failure.message.contains("not a Word document"), "{failure}");
    }

    #[test]
    fn a_bomb_is_cut_off() {
        let mut main = b"<w:document><w:body><w:p><w:r><w:t>".to_vec();
        main.resize(usize::try_from(LARGEST_PART).unwrap() + 1, b'a');
        main.extend_from_slice(b"</w:t></w:r></w:p></w:body></w:document>");
        let bytes = archive(&[("_rels/.rels", RELATIONSHIPS), ("word/main.xml", &main)]);
        assert!(bytes.len() < 1 << 20);
        assert!(read(&bytes).is_err());
    }
}

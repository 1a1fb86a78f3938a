//! Plain text (`text/plain`).

use crate::failure::Failure;

/// The text of a UTF-8 file without its byte order mark, with line feeds as line ends.
pub(crate) fn read(bytes: &[u8]) -> Result<String, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Failure::unreadable(
            "This file is not UTF-8 text. Save it again with the encoding UTF-8 and upload the new file.",
        )
    })?;
    if text.contains('\0') {
        return Err(Failure::unreadable(
            "This file is not a text file, although its name or type says so.",
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn marks_and_line_ends_go_and_nothing_else() {
        assert_eq!(
            read("\u{feff}One\r\ntwo\rthree  \n\nfour".as_bytes()).unwrap(),
            "One\ntwo\nthree  \n\nfour\n"
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(read(b"caf\xe9").unwrap_err().message.contains("UTF-8"));
        assert!(read(b"a\0b").unwrap_err().message.contains("not a text file"));
    }
}

//! PDF (ISO 32000), as far as its text goes: pictures of text are not read.

use pdf_extract::{Error as PdfError, OutputError};

use super::Blocks;
use crate::failure::Failure;

/// The text of all pages. A block ends where the page has an empty line or where an item of a list begins; other line
/// breaks of the page are spaces in the text.
///
/// The parser was written for honest files: it may panic on others, and recurse deeply. Callers run it on a thread of its
/// own (see [`crate::review`]).
pub(crate) fn read(bytes: &[u8]) -> Result<String, Failure> {
    let text = pdf_extract::extract_text_from_mem(bytes).map_err(|error| match error {
        OutputError::PdfError(PdfError::Decryption(_) | PdfError::UnsupportedSecurityHandler(_)) => {
            Failure::unreadable("This PDF is protected by a password. Save it without one and upload the new file.")
        }
        _ => Failure::unreadable("This PDF is damaged and cannot be opened. Export it again and upload the new file."),
    })?;
    let mut blocks = Blocks::default();
    let mut line_before = "";
    for line in text.lines().map(str::trim) {
        if line.is_empty() || is_list_item(line) {
            blocks.end();
        } else if !line_before.is_empty() && !line_before.ends_with('-') {
            blocks.push(" ");
        }
        blocks.push(line);
        line_before = line;
    }
    Ok(blocks.finish())
}

/// Whether a line begins with a bullet or a number, as `•`, `3.` and `12)`, and goes on.
fn is_list_item(line: &str) -> bool {
    let Some((mark, _)) = line.split_once(char::is_whitespace) else {
        return false;
    };
    let number = mark.strip_suffix(['.', ')']).unwrap_or_default();
    matches!(mark, "•" | "◦" | "▪" | "‣" | "–" | "-")
        || (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_list_item;

    #[test]
    fn items_of_lists_are_told_from_sentences() {
        for line in ["• Water", "3. Carry out", "12) Ask", "- Light"] {
            assert!(is_list_item(line), "{line}");
        }
        for line in [
            "1984 was a year",
            "-",
            "3.",
            "2024. A year",
            "e.g. this",
            "– ".trim_end(),
        ] {
            assert!(!is_list_item(line), "{line}");
        }
    }
}

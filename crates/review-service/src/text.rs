//! Lesson plans: from the file to plain text, and from the text to findings.
//!
//! - `plain`, `markdown`, `docx`, `pdf`: one reader per file format. Each takes the bytes of an untrusted file and gives
//!   its paragraphs or a [`Failure`](crate::failure::Failure) that its author understands.
//! - `proofread`: what the grammar checker says about the text.

pub(crate) mod docx;
pub(crate) mod markdown;
pub(crate) mod pdf;
pub(crate) mod plain;
pub(crate) mod proofread;

/// A text under construction: blocks (paragraphs, headings, list items, cells) that an empty line separates.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    text: String,
    block: String,
}

impl Blocks {
    /// Appends to the present block. Line feeds stay; other control characters but tabs do not.
    pub(crate) fn push(&mut self, text: &str) {
        self.block
            .extend(text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    }

    /// Ends the present block. Lines lose trailing white space, and lines and blocks without any content are left out.
    pub(crate) fn end(&mut self) {
        let block = std::mem::take(&mut self.block);
        let mut lines = block
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .peekable();
        if lines.peek().is_none() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for line in lines {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// The whole text; its last line ends in a line feed. Empty if there was no content.
    pub(crate) fn finish(mut self) -> String {
        self.end();
        self.text
    }
}

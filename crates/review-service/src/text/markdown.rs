//! Markdown (`text/markdown`), as `CommonMark` and GitHub write it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Blocks, plain};
use crate::failure::Failure;

/// The text without its markup: one block per paragraph, heading, list item, table row and code block. HTML and the
/// addresses of links are left out, descriptions of images stay.
pub(crate) fn read(bytes: &[u8]) -> Result<String, Failure> {
    let source = plain::read(bytes)?;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut blocks = Blocks::default();
    let mut metadata = false;
    for event in Parser::new_ext(&source, options) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) if !metadata => {
                blocks.push(&text);
            }
            Event::SoftBreak => blocks.push(" "),
            Event::HardBreak => blocks.push("\n"),
            Event::Start(Tag::MetadataBlock(_)) => metadata = true,
            Event::End(TagEnd::MetadataBlock(_)) => metadata = false,
            Event::End(TagEnd::TableCell) => blocks.push("\t"),
            // Blocks nest (a paragraph in an item in a quotation): whatever begins or ends one ends the text before it.
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::Item
                | Tag::List(_)
                | Tag::CodeBlock(_)
                | Tag::BlockQuote(_)
                | Tag::FootnoteDefinition(_)
                | Tag::Table(_),
            )
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::CodeBlock
                | TagEnd::BlockQuote(_)
                | TagEnd::TableHead
                | TagEnd::TableRow,
            )
            | Event::Rule => blocks.end(),
            _ => {}
        }
    }
    Ok(blocks.finish())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn markup_goes_and_words_stay() {
        let text = read(
            concat!(
                "---\ntitle: x\n---\n# A *title*\n\nOne\ntwo [link](https://example.org), `code`.<br>\n\n",
                "- first\n- second\n  1. inner\n\n> quoted\n\n| a | b |\n|---|---|\n| c | d |\n\n<div>html</div>\n",
            )
            .as_bytes(),
        )
        .unwrap();
        assert_eq!(
            text,
            "A title\n\nOne two link, code.\n\nfirst\n\nsecond\n\ninner\n\nquoted\n\na\tb\n\nc\td\n"
        );
    }
}

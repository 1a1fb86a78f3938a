//! Writes the table of routes into the page that shows it.

use std::{fs, io};

/// What comes before and after the table on the page.
const MARKS: [&str; 2] = ["<!-- table: begin -->\n", "<!-- table: end -->"];

fn main() -> io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");
    let page = fs::read_to_string(path)?;
    let parts = page
        .split_once(MARKS[0])
        .and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let Some((before, after)) = parts else {
        return Err(io::Error::other(format!("{path} does not have the marks of the table")));
    };
    fs::write(
        path,
        format!("{before}{}{}{}{after}", MARKS[0], access::table::markdown(), MARKS[1]),
    )
}

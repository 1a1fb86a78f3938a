//! The files, built into the component.

/// A file and how it is served.
pub(crate) struct File {
    /// The path under which it is served.
    pub(crate) path: &'static str,
    /// Its media type, with parameters.
    pub(crate) media_type: &'static str,
    /// Its content.
    pub(crate) content: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! file {
    ($path:literal, $media_type:expr, $name:literal) => {
        File {
            path: $path,
            media_type: $media_type,
            content: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $name)),
        }
    };
}

/// Everything that is served.
pub(crate) const FILES: &[File] = &[
    file!("/", HTML, "pages/index.html"),
    file!("/style.css", CSS, "pages/style.css"),
    file!("/icon.svg", SVG, "pages/icon.svg"),
    file!("/main.js", SCRIPT, "pages/main.js"),
    file!("/session.js", SCRIPT, "pages/session.js"),
    file!("/client.js", SCRIPT, "pages/client.js"),
    file!("/elements.js", SCRIPT, "pages/elements.js"),
    file!("/words.js", SCRIPT, "pages/words.js"),
    file!("/submissions.js", SCRIPT, "pages/submissions.js"),
    file!("/uploads.js", SCRIPT, "pages/uploads.js"),
    file!("/uppy.js", SCRIPT, "pages/uppy.js"),
    file!("/catalog.js", SCRIPT, "pages/catalog.js"),
    file!("/document.js", SCRIPT, "pages/document.js"),
    file!("/segments.js", SCRIPT, "pages/segments.js"),
    file!("/openapi.json", "application/json", "../../docs/openapi.json"),
    file!(
        "/schemas/normalized-document-1.json",
        "application/schema+json",
        "../../docs/schemas/normalized-document-1.json"
    ),
];

/// What is served where there is nothing.
pub(crate) const NOT_FOUND: File = file!("", HTML, "pages/not-found.html");

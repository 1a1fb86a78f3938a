//! Whether the first bytes of a returned file are what its media type says.

/// How many first bytes the check wants.
pub(crate) const FIRST_BYTES: usize = 512;

/// `None` where nothing contradicts the media type, otherwise what the bytes are instead.
///
/// It judges the formats that third parties return; for any other type there is nothing to hold it against.
pub(crate) fn contradiction(first_bytes: &[u8], media_type: &str) -> Option<&'static str> {
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes);
    let begins = |mark: &[u8]| text.len() >= mark.len() && text[..mark.len()].eq_ignore_ascii_case(mark);
    let trimmed = text.trim_ascii_start();
    match media_type {
        "application/json" if !trimmed.starts_with(b"{") && !trimmed.starts_with(b"[") => {
            Some("it does not begin as JSON does")
        }
        // The mark is case-sensitive, and nothing may come before it (WebVTT, section 4.1).
        "text/vtt" if !text.starts_with(b"WEBVTT") => Some("it does not begin with WEBVTT"),
        "text/plain" if first_bytes.contains(&0) => Some("it is binary"),
        "text/plain" if begins(b"<!doctype html") || begins(b"<html") => Some("it is a web page"),
        "video/mp4" if first_bytes.get(4..8) != Some(b"ftyp") => Some("it does not begin as MP4 does"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_none_of_what_a_vendor_returns() {
        let page = b"<!DOCTYPE html><title>Sign in</title>";
        for media_type in ["application/json", "text/vtt", "text/plain", "video/mp4"] {
            assert!(contradiction(page, media_type).is_some(), "{media_type}");
        }
    }

    #[test]
    fn a_file_that_is_what_it_says_is_not_contradicted() {
        for (bytes, media_type) in [
            (&b"\xef\xbb\xbf {\"a\":1}"[..], "application/json"),
            (b"[]", "application/json"),
            (b"WEBVTT\n\n", "text/vtt"),
            (b"Photosynthesis is\nnot <html>.", "text/plain"),
            (b"", "text/plain"),
            (b"\0\0\0\x20ftypisom", "video/mp4"),
            (b"anything", "application/octet-stream"),
        ] {
            assert_eq!(contradiction(bytes, media_type), None, "{media_type}");
        }
    }
}

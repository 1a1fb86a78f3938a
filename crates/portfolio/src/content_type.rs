//! What a `Content-Type` header field says about a file (RFC 9110, section 8.3).

/// What is written where nobody said what a file is: the type of unknown bytes (RFC 2046, section 4.5.1), S3's own word for it,
/// and what clients say of any body that they are given.
const UNSAID: [&str; 3] = [
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-www-form-urlencoded",
];

/// The media type that it names, without parameters.
pub fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Whether it names this media type. Case and parameters do not matter.
pub fn names(content_type: &str, media_type: &str) -> bool {
    essence(content_type).eq_ignore_ascii_case(media_type)
}

/// Whether it says that the file is something else than this media type.
pub fn contradicts(content_type: &str, media_type: &str) -> bool {
    let is_unsaid = UNSAID.iter().any(|unsaid| names(content_type, unsaid));
    !is_unsaid && !names(content_type, media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_do_not_matter() {
        assert!(names("Text/Plain; charset=utf-8", "text/plain"));
        assert!(!names("text/html", "text/plain"));
    }

    #[test]
    fn only_another_type_contradicts() {
        for said in ["text/plain", "TEXT/plain;charset=UTF-8", "binary/octet-stream"] {
            assert!(!contradicts(said, "text/plain"), "{said}");
        }
        for said in ["text/html", "text/plain-ish", "", "; charset=utf-8"] {
            assert!(contradicts(said, "text/plain"), "{said}");
        }
    }
}

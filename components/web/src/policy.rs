//! What a page may do in the browser.
//!
//! Names, titles and remarks come from people and third parties, and end up on these pages. They are put there as text,
//! never as HTML; the policy is the second line: no script runs, no style applies and no address is reached that the
//! component did not name, even if the first line were broken.

use http::HeaderValue;

/// The header fields that go with every answer.
pub(crate) struct Policy {
    content_security: String,
}

impl Policy {
    /// The policy of pages that may reach their own origin and the bucket's, and nothing else.
    pub(crate) fn new(bucket: Option<&str>) -> Self {
        let bucket = bucket
            .and_then(origin)
            .map(|origin| format!(" {origin}"))
            .unwrap_or_default();
        let content_security = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{bucket}; \
             media-src 'self'{bucket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        );
        Self { content_security }
    }

    /// The fields and their values.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, HeaderValue)> {
        let security = HeaderValue::from_str(&self.content_security)
            .ok()
            .map(|value| ("content-security-policy", value));
        security.into_iter().chain(
            [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                (
                    "permissions-policy",
                    "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
                ),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
        )
    }
}

/// The origin of an address, if it is one that can stand in a policy: scheme, host and port, with nothing in it that
/// would end the directive or begin another.
fn origin(address: &str) -> Option<String> {
    let address: http::Uri = address.trim().parse().ok()?;
    let scheme = address
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = address.authority()?.as_str();
    let ordinary = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    authority
        .bytes()
        .all(ordinary)
        .then(|| format!("{scheme}://{authority}"))
}

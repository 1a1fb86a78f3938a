//! Whether a notification comes from the bucket.

use api::Problem;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq as _;

/// The bucket sends a token that it shares with this component, as MinIO's webhook does, with `Bearer` before it or
/// without, or as the password of Basic authentication (RFC 7617), which is all that SNS offers where it adds no envelope.
pub(crate) fn check(headers: &HeaderMap, token: &str) -> Result<(), Problem> {
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(Problem::missing_token)?;
    let password = password(authorization);
    let sent = access::bearer(authorization)
        .or(password.as_deref())
        .unwrap_or(authorization);
    if !token.is_empty() && bool::from(sent.as_bytes().ct_eq(token.as_bytes())) {
        Ok(())
    } else {
        Err(Problem::invalid_token().with_cause("the bucket's notification token is wrong"))
    }
}

/// The password of Basic authentication, whoever the user says to be.
fn password(authorization: &str) -> Option<String> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    decoded.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(authorization: &'static str, token: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, http::HeaderValue::from_static(authorization));
        check(&headers, token).is_ok()
    }

    #[test]
    fn only_the_shared_token_is_good() {
        assert!(outcome("Bearer s3cret", "s3cret"));
        assert!(outcome("s3cret", "s3cret"));
        // bucket:s3cret
        assert!(outcome("Basic YnVja2V0OnMzY3JldA==", "s3cret"));
        for authorization in ["Bearer s3cre", "Bearer s3crets", "Bearer", "", "Basic s3cret"] {
            assert!(!outcome(authorization, "s3cret"), "{authorization}");
        }
        assert!(!outcome("Bearer ", ""), "no token is no permission");
        assert!(check(&HeaderMap::new(), "s3cret").is_err());
    }
}

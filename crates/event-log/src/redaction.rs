//! Cutting secrets out of texts that come from elsewhere: an error's words may quote the request that failed.

/// What takes the place of something that was cut out.
const CUT: &str = "[redacted]";

/// What tokens and secrets begin with: JSON Web Tokens (RFC 7519), and the secrets and keys of Standard Webhooks.
const BEGINNINGS: [&str; 4] = ["eyJ", "whsec_", "whsk_", "v1,"];

/// What is followed by a secret in the next word (RFC 9110, section 11.6.2).
const SCHEMES: [&str; 3] = ["bearer", "basic", "aws4-hmac-sha256"];

/// The text without what looks like a token, a secret, a signature or the query of a link.
pub fn redacted(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut is_secret = false;
    for piece in text.split_inclusive(is_boundary) {
        let end = piece.char_indices().next_back().filter(|(_, last)| is_boundary(*last));
        let (word, boundary) = piece.split_at(end.map_or(piece.len(), |(at, _)| at));
        if word.is_empty() {
            cleaned.push_str(boundary);
            continue;
        }
        if is_secret || BEGINNINGS.iter().any(|beginning| word.contains(beginning)) {
            cleaned.push_str(CUT);
        } else if let Some((address, _)) = word.split_once('?').filter(|_| is_address(word)) {
            cleaned.push_str(address);
            cleaned.push('?');
            cleaned.push_str(CUT);
        } else {
            cleaned.push_str(word);
        }
        is_secret = SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
        cleaned.push_str(boundary);
    }
    cleaned
}

/// Whether a word has a query: it is a URL, or the path of one. Signatures are found wherever they stand.
fn is_address(word: &str) -> bool {
    word.contains("://") || word.contains('/') || word.to_ascii_lowercase().contains("x-amz-")
}

/// What ends a word. Nothing of this is in a token, or in a URL that is written as RFC 3986 has it.
fn is_boundary(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '<' | '>' | '`' | '{' | '}' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_secret_is_cut_out_and_the_rest_stays() {
        for (text, expected) in [
            ("nothing to hide, is there? no", "nothing to hide, is there? no"),
            (
                "GET http://127.0.0.1:9000/dossier/a?X-Amz-Credential=k&X-Amz-Signature=5d: connection refused",
                "GET http://127.0.0.1:9000/dossier/a?[redacted] connection refused",
            ),
            ("error for (https://h/p?token=1)", "error for (https://h/p?[redacted])"),
            (
                "path \"/dossier/a?x=1\" failed",
                "path \"/dossier/a?[redacted]\" failed",
            ),
            ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
            ("the token eyJhbGciOiJFZERTQSJ9.e30.c2ln.", "the token [redacted]"),
            ("secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[redacted]"),
            ("", ""),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    proptest! {
        /// Wherever a secret stands, and whatever surrounds it, it does not come through.
        #[test]
        fn no_secret_comes_through(
            before in "\\PC{0,40}",
            after in "\\PC{0,40}",
            secret in "[A-Za-z0-9_-]{24,64}",
            shape in 0..4_usize,
        ) {
            let hidden = match shape {
                0 => format!("https://bucket.example/key?X-Amz-Signature={secret}"),
                1 => format!("Bearer {secret}"),
                2 => format!("eyJ{secret}.{secret}.{secret}"),
                _ => format!("whsec_{secret}"),
            };
            let cleaned = redacted(&format!("{before} {hidden} {after}"));
            prop_assert!(!cleaned.contains(&secret), "{cleaned}");
        }

        /// Redacting again changes nothing.
        #[test]
        fn redacting_is_idempotent(text in "\\PC{0,200}") {
            let once = redacted(&text);
            prop_assert_eq!(redacted(&once), once);
        }
    }
}

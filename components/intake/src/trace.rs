//! The trace that a document's way is (W3C Trace Context, <https://www.w3.org/TR/trace-context/>).

use http::HeaderMap;

/// The trace of the request, or a new one: here is where a document's way begins.
pub(crate) fn of(headers: &HeaderMap) -> String {
    let given = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .filter(|value| is_valid(value));
    given.map_or_else(begin, ToOwned::to_owned)
}

fn begin() -> String {
    let half = || getrandom::u64().unwrap_or(1) | 1;
    format!("00-{:016x}{:016x}-{:016x}-01", half(), half(), half())
}

/// Version 00: `version-traceid-parentid-flags`, in lower-case hexadecimal, neither id all zeros.
fn is_valid(traceparent: &str) -> bool {
    let fields: Vec<_> = traceparent.split('-').collect();
    let hexadecimal = |field: &str| field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let zero = |field: &str| field.bytes().all(|byte| byte == b'0');
    match fields.as_slice() {
        ["00", trace, parent, flags] => {
            (trace.len(), parent.len(), flags.len()) == (32, 16, 2)
                && [trace, parent, flags].into_iter().all(|field| hexadecimal(field))
                && !zero(trace)
                && !zero(parent)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_that_begins_here_is_valid_and_its_own() {
        assert!(is_valid(&begin()));
        assert_ne!(begin(), begin());
    }

    #[test]
    fn only_a_valid_trace_is_carried_on() {
        let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", http::HeaderValue::from_static(valid));
        assert_eq!(of(&headers), valid);
        for invalid in [
            "",
            "00-0-0-0",
            &valid.to_uppercase(),
            &valid.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
        ] {
            assert!(!is_valid(invalid), "{invalid}");
        }
    }
}

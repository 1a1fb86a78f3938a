//! How long a caller is ready to wait: the `wait` preference of RFC 7240, section 4.3.

/// The longest wait that is granted, in seconds: shorter than what platforms and proxies allow a request to take.
pub const LONGEST_WAIT: u64 = 25;

/// For how many seconds the caller would wait, at most [`LONGEST_WAIT`]; `None` if it would not. `fields` are the values
/// of the request's `Prefer` fields. Preferences that are unknown or make no sense are ignored, as the RFC asks.
pub fn wait<'a>(fields: impl IntoIterator<Item = &'a str>) -> Option<u64> {
    let preferences = fields.into_iter().flat_map(|field| field.split(','));
    // Only the first one counts when a preference is repeated.
    let mut waits = preferences.filter_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("wait")
            .then(|| value.trim().trim_matches('"').parse::<u64>().ok())
    });
    let seconds = waits.next()??;
    (seconds > 0).then_some(seconds.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_found_among_preferences_and_is_limited() {
        for (field, seconds) in [
            ("wait=10", Some(10)),
            ("respond-async, Wait = 5 ; foo=\"bar\"", Some(5)),
            ("wait=\"7\"", Some(7)),
            ("wait=3600", Some(25)),
            ("wait=18446744073709551615", Some(25)),
            ("wait=0", None),
            ("wait=-1", None),
            ("wait=soon, wait=3", None),
            ("wait", None),
            ("waiting=3", None),
            ("", None),
        ] {
            assert_eq!(wait([field]), seconds, "{field}");
        }
        assert_eq!(wait(["return=minimal", "wait=2"]), Some(2));
    }
}

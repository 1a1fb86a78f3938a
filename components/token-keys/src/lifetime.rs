//! For how long an answer is good (RFC 9111).

use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

/// What is good for longer is fetched once a day all the same, so that a key that was taken back is not good for long.
const LONGEST: Duration = Duration::from_hours(24);

/// Of an answer that says nothing.
const UNSAID: Duration = Duration::from_hours(1);

/// The answer's `max-age` without its `Age`, within bounds.
pub(crate) fn of(headers: &HeaderMap, shortest: Duration) -> Duration {
    let directives: Vec<_> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    let said = if directives
        .iter()
        .any(|directive| directive == "no-store" || directive == "no-cache")
    {
        Some(0)
    } else {
        directives
            .iter()
            .filter_map(|directive| directive.strip_prefix("max-age="))
            .find_map(|seconds| seconds.trim_matches('"').parse::<u64>().ok())
    };
    let age = headers
        .get(AGE)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    let lifetime = said.map_or(UNSAID, |seconds| Duration::from_secs(seconds.saturating_sub(age)));
    lifetime.min(LONGEST).max(shortest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use http::{HeaderName, HeaderValue};

    use super::*;

    fn seconds(fields: &[(&str, &str)]) -> u64 {
        let headers = fields
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::try_from(*name).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        of(&headers, Duration::from_secs(30)).as_secs()
    }

    #[test]
    fn it_is_what_the_answer_says_within_bounds() {
        assert_eq!(seconds(&[]), 3600);
        assert_eq!(
            seconds(&[("cache-control", "public, max-age=600, must-revalidate")]),
            600
        );
        assert_eq!(
            seconds(&[("cache-control", "public"), ("cache-control", "Max-Age=600")]),
            600
        );
        assert_eq!(seconds(&[("cache-control", "max-age=600"), ("age", "400")]), 200);
        assert_eq!(seconds(&[("cache-control", "max-age=600"), ("age", "4000")]), 30);
        assert_eq!(seconds(&[("cache-control", "max-age=1")]), 30);
        assert_eq!(seconds(&[("cache-control", "no-store")]), 30);
        assert_eq!(seconds(&[("cache-control", "max-age=99999999")]), 86_400);
        assert_eq!(seconds(&[("cache-control", "max-age=soon")]), 3600);
        assert_eq!(seconds(&[("cache-control", "max-age=18446744073709551616")]), 3600);
    }
}

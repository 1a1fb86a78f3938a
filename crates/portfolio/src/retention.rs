//! How long submissions are kept.

use std::str::FromStr;
use std::time::Duration;

/// How long a submission is kept after the last thing that happened to it: a variable of the manifest, in days. The empty text
/// means for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention(pub Option<Duration>);

/// A retention that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the retention is {0:?}, but must be a number of days from 0.00001 to 36500, such as 1095; or empty, for ever")]
pub struct UnusableRetention(String);

const SECONDS_OF_A_DAY: f64 = 24.0 * 3600.0;

impl FromStr for Retention {
    type Err = UnusableRetention;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Ok(Self(None));
        }
        let days = text.trim().parse::<f64>().ok();
        days.filter(|days| (0.00001..=36500.0).contains(days))
            .map(|days| Self(Some(Duration::from_secs_f64(days * SECONDS_OF_A_DAY))))
            .ok_or_else(|| UnusableRetention(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_is_a_number_of_days_or_for_ever() {
        assert_eq!("".parse(), Ok(Retention(None)));
        assert_eq!("2".parse(), Ok(Retention(Some(Duration::from_secs(2 * 86400)))));
        assert_eq!(" 0.5 ".parse(), Ok(Retention(Some(Duration::from_secs(43200)))));
        for wrong in ["0", "-1", "NaN", "inf", "3 years", "1e9"] {
            let error = wrong.parse::<Retention>().map_err(|error| error.to_string());
            assert!(
                error.is_err_and(|error| error.contains(wrong) && error.contains("1095")),
                "{wrong}"
            );
        }
    }
}

//! Stretches of time, as Media Fragments URI 1.0 writes them (<https://www.w3.org/TR/media-frags/>, section 4.2.1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A stretch of time in milliseconds from the beginning. Written as `t=START,END` in seconds, without superfluous zeros:
/// `t=12.3,15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeFragment {
    /// Where it begins, in milliseconds.
    pub start: u64,
    /// Where it ends, in milliseconds.
    pub end: u64,
}

/// A text that is no stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stretch of time is written t=START,END in seconds with up to three decimals, such as t=12.3,15")]
pub struct InvalidTimeFragment;

impl fmt::Display for TimeFragment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "t={},{}", Seconds(self.start), Seconds(self.end))
    }
}

/// Milliseconds, written as seconds.
struct Seconds(u64);

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, thousandths) = (self.0 / 1000, self.0 % 1000);
        match thousandths {
            0 => write!(formatter, "{whole}"),
            _ if thousandths % 100 == 0 => write!(formatter, "{whole}.{}", thousandths / 100),
            _ if thousandths % 10 == 0 => write!(formatter, "{whole}.{:02}", thousandths / 10),
            _ => write!(formatter, "{whole}.{thousandths:03}"),
        }
    }
}

impl FromStr for TimeFragment {
    type Err = InvalidTimeFragment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, end) = text
            .strip_prefix("t=")
            .and_then(|t| t.split_once(','))
            .ok_or(InvalidTimeFragment)?;
        Ok(Self {
            start: milliseconds(start)?,
            end: milliseconds(end)?,
        })
    }
}

fn milliseconds(seconds: &str) -> Result<u64, InvalidTimeFragment> {
    let (whole, decimals) = match seconds.split_once('.') {
        Some((whole, decimals)) if (1..=3).contains(&decimals.len()) => (whole, decimals),
        Some(_) => return Err(InvalidTimeFragment),
        None => (seconds, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return Err(InvalidTimeFragment);
    }
    let whole: u64 = whole.parse().map_err(|_| InvalidTimeFragment)?;
    let thousandths: u64 = format!("{decimals:0<3}").parse().map_err(|_| InvalidTimeFragment)?;
    whole
        .checked_mul(1000)
        .and_then(|whole| whole.checked_add(thousandths))
        .ok_or(InvalidTimeFragment)
}

impl Serialize for TimeFragment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeFragment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeFragment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeFragment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": r"^t=[0-9]+(\.[0-9]{1,3})?,[0-9]+(\.[0-9]{1,3})?$",
            "description": "A stretch of time as `t=START,END` in seconds."
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::TimeFragment;
    use proptest::prelude::*;

    #[test]
    fn is_written_as_short_as_possible() {
        let written = |start, end| TimeFragment { start, end }.to_string();
        assert_eq!(written(12_300, 15_000), "t=12.3,15");
        assert_eq!(written(0, 50), "t=0,0.05");
        assert_eq!(written(1, 60_120), "t=0.001,60.12");
    }

    #[test]
    fn refuses_what_is_no_stretch_of_time() {
        for text in [
            "",
            "t=",
            "t=1",
            "t=,",
            "t=1,",
            "t=1,2,3",
            "t=1.,2",
            "t=1.2345,2",
            "t=-1,2",
            "t=+1,2",
            "x=1,2",
            "t=.5,1",
        ] {
            assert!(text.parse::<TimeFragment>().is_err(), "{text}");
        }
        assert!(format!("t=0,{}", u64::MAX).parse::<TimeFragment>().is_err());
    }

    proptest! {
        #[test]
        fn is_read_as_it_is_written(start in 0..u64::MAX / 1000, end in 0..u64::MAX / 1000) {
            let fragment = TimeFragment { start, end };
            prop_assert_eq!(fragment.to_string().parse::<TimeFragment>().unwrap(), fragment);
        }
    }
}

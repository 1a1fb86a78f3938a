use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A point in time in milliseconds since 1970, which is as fine as S3 tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(i64);

impl Moment {
    /// The present.
    pub(crate) fn now() -> Self {
        Self(milliseconds(
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        ))
    }

    /// This moment and a while.
    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(duration)))
    }

    /// This moment but a while ago.
    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(duration)))
    }

    /// How long it is from this moment to a later one; zero when that has passed.
    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// This moment as HTTP's dates tell it: in whole seconds.
    pub(crate) fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        let since_1970 = Duration::from_millis(u64::try_from(moment.0).unwrap_or(0));
        Self::from(UNIX_EPOCH + since_1970)
    }
}

impl From<&Timestamp> for Moment {
    fn from(timestamp: &Timestamp) -> Self {
        let time = OffsetDateTime::from(timestamp.clone());
        Self(i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
    }
}

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

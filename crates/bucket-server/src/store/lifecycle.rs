//! Uploads that nobody finishes.

use std::time::Duration;

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use super::Store;
use super::error::Error;
use super::moment::Moment;
use super::objects::Json;

/// How long the answer to a completed upload can be repeated.
const COMPLETIONS_KEPT: Duration = Duration::from_hours(24);

/// A lifecycle rule: uploads to keys with a prefix are aborted some days after they began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) prefix: String,
    pub(crate) days: u32,
}

impl Store {
    /// The rules that a client has set.
    pub(crate) async fn lifecycle(&self) -> Result<Vec<Rule>, Error> {
        self.index
            .read(|connection| {
                let rules = connection
                    .query_row("SELECT value FROM settings WHERE name = 'lifecycle'", [], |row| {
                        row.get::<_, Json<_>>(0)
                    })
                    .optional()?;
                Ok(rules.ok_or(Error::NoSuchLifecycle)?.0)
            })
            .await
    }

    /// Sets rules in the place of those before; `None` removes them.
    pub(crate) async fn set_lifecycle(&self, rules: Option<Vec<Rule>>) -> Result<(), Error> {
        self.index
            .write(move |connection| {
                connection.execute("DELETE FROM settings WHERE name = 'lifecycle'", [])?;
                if let Some(rules) = rules {
                    connection.execute(
                        "INSERT INTO settings (name, value) VALUES ('lifecycle', ?1)",
                        [Json(rules)],
                    )?;
                }
                Ok(())
            })
            .await
    }

    /// Aborts the uploads that are too old by the rules, or older than `limit`; tells how many those were.
    pub(crate) async fn expire_uploads(&self, limit: Option<Duration>) -> Result<usize, Error> {
        let mut rules = match self.lifecycle().await {
            Ok(rules) => rules,
            Err(Error::NoSuchLifecycle) => Vec::new(),
            Err(error) => return Err(error),
        };
        rules.retain(|rule| rule.enabled);
        let mut limits: Vec<(String, Duration)> = rules
            .into_iter()
            .map(|rule| (rule.prefix, Duration::from_hours(24 * u64::from(rule.days))))
            .collect();
        limits.extend(limit.map(|limit| (String::new(), limit)));

        self.index
            .write(move |connection| {
                let now = Moment::now();
                let mut expire = connection
                    .prepare_cached("DELETE FROM uploads WHERE initiated <= ?1 AND substr(key, 1, length(?2)) = ?2")?;
                let mut expired = 0;
                for (prefix, limit) in limits {
                    expired += expire.execute((now.minus(limit), prefix.as_bytes()))?;
                }
                connection.execute(
                    "DELETE FROM completions WHERE completed <= ?1",
                    [now.minus(COMPLETIONS_KEPT)],
                )?;
                Ok(expired)
            })
            .await
    }
}

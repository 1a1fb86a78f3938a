//! What is deleted when a submission's time is over.

use spin_sdk::sqlite::Value;

use crate::{Database, Error};

const COUNT: &str = include_str!("../sql/count.sql");
const DELETE: &str = include_str!("../sql/delete.sql");

impl Database {
    /// Deletes all rows of a submission, and says how many there were.
    pub async fn delete(&self, submission: &str) -> Result<u64, Error> {
        let parameters = || vec![Value::Text(submission.to_owned())];
        let counted = self.rows(COUNT, parameters()).await?;
        // An empty database has no table.
        let Some(count) = counted.first().and_then(|row| row.get::<i64>(0)) else {
            return Ok(0);
        };
        self.run(DELETE, parameters()).await?;
        u64::try_from(count).map_err(|_| Error::Row("count"))
    }
}

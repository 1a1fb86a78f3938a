//! Removes files that no object and no part refers to any more.
//!
//! A file never gains its first reference back, because objects are copied only from objects that are there. So it is
//! enough to look once, in one connection, and to leave the files that are still being read to their last reader.

use super::Store;
use super::error::Error;

impl Store {
    /// Collects garbage whenever there may be some, for ever.
    pub(crate) async fn collect_garbage_forever(&self) {
        let mut changes = self.index.changes();
        loop {
            if let Err(error) = self.collect_garbage().await {
                tracing::warn!(%error, "the store's garbage could not be collected");
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    async fn collect_garbage(&self) -> Result<(), Error> {
        let candidates = self
            .index
            .read(|connection| {
                let mut query = connection.prepare_cached("SELECT blob FROM garbage")?;
                let blobs = query.query_map([], |row| row.get(0))?;
                Ok(blobs.collect::<Result<Vec<String>, _>>()?)
            })
            .await?;
        if candidates.is_empty() {
            return Ok(());
        }
        let unreferenced = self
            .index
            .write(move |connection| {
                let mut referenced = connection.prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM segments WHERE blob = ?1)
                         OR EXISTS (SELECT 1 FROM parts WHERE blob = ?1)",
                )?;
                let mut forget = connection.prepare_cached("DELETE FROM garbage WHERE blob = ?1")?;
                let mut unreferenced = Vec::new();
                for blob in candidates {
                    forget.execute([&blob])?;
                    if !referenced.query_row([&blob], |row| row.get(0))? {
                        unreferenced.push(blob);
                    }
                }
                Ok(unreferenced)
            })
            .await?;
        let blobs = self.blobs.clone();
        super::index::run(move || {
            blobs.remove(unreferenced);
            Ok(())
        })
        .await
    }
}

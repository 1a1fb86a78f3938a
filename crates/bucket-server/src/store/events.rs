//! The events that the webhook has yet to hear of.
//!
//! An event is written in the transaction that makes it true, and deleted when the webhook has accepted it: none is
//! lost, and one may be sent twice.

use std::time::Duration;

use rusqlite::{Connection, Row};
use s3s::dto::Metadata;
use serde::{Deserialize, Serialize};

use super::Store;
use super::error::Error;
use super::moment::Moment;
use super::objects::{Json, Key, Object};

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Put,
    Copy,
    Complete,
    Removed,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Put => "s3:ObjectCreated:Put",
            Self::Copy => "s3:ObjectCreated:Copy",
            Self::Complete => "s3:ObjectCreated:CompleteMultipartUpload",
            Self::Removed => "s3:ObjectRemoved:Delete",
        }
    }
}

/// What an event says about its object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Described {
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) content_type: Option<String>,
    pub(crate) metadata: Metadata,
}

/// An event that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// Rises with every event of the bucket.
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) at: Moment,
    pub(crate) object: Described,
    /// How often it was sent in vain.
    pub(crate) attempts: u32,
}

/// Whether events are recorded at all: without a webhook they would pile up for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outbox {
    Open,
    Closed,
}

impl Outbox {
    /// Records an event, to be sent at once.
    pub(super) fn record(self, connection: &Connection, event: Event, object: &Object) -> Result<(), Error> {
        if self == Self::Closed {
            return Ok(());
        }
        let described = match event {
            Event::Removed => Described {
                size: 0,
                etag: String::new(),
                content_type: None,
                metadata: Metadata::default(),
            },
            Event::Put | Event::Copy | Event::Complete => Described {
                size: object.size,
                etag: object.etag.clone(),
                content_type: object.headers.content_type.clone(),
                metadata: object.headers.metadata.clone(),
            },
        };
        let now = Moment::now();
        connection
            .prepare_cached("INSERT INTO events (key, name, at, object, due) VALUES (?1, ?2, ?3, ?4, ?3)")?
            .execute((object.key.as_bytes(), event.name(), now, Json(described)))?;
        Ok(())
    }
}

impl Store {
    /// Up to `limit` events that are due, and of each key the oldest one only, so that the events of one object
    /// arrive in their order; and how long it is until another event will be due. Both are seen in one moment: between
    /// two looks an event could become due and be missed by either.
    pub(crate) async fn due_events(&self, limit: usize) -> Result<(Vec<Waiting>, Option<Duration>), Error> {
        self.index
            .read(move |connection| {
                let now = Moment::now();
                let mut query = connection.prepare_cached(
                    "SELECT id, key, name, at, object, attempts FROM events AS event
                     WHERE due <= ?1 AND NOT EXISTS
                         (SELECT 1 FROM events AS earlier WHERE earlier.key = event.key AND earlier.id < event.id)
                     ORDER BY due, id LIMIT ?2",
                )?;
                let due = query.query_map((now, limit), from_row)?;
                let due = due.collect::<Result<_, _>>()?;
                let mut query = connection.prepare_cached("SELECT MIN(due) FROM events WHERE due > ?1")?;
                let next: Option<Moment> = query.query_row([now], |row| row.get(0))?;
                Ok((due, next.map(|next| now.until(next))))
            })
            .await
    }

    /// Notes what came of sending: the accepted events are forgotten, the others are due again after a while.
    pub(crate) async fn settle_events(&self, accepted: Vec<i64>, refused: Vec<(i64, Duration)>) -> Result<(), Error> {
        self.index
            .write(move |connection| {
                let mut forget = connection.prepare_cached("DELETE FROM events WHERE id = ?1")?;
                for id in accepted {
                    forget.execute([id])?;
                }
                let mut postpone =
                    connection.prepare_cached("UPDATE events SET due = ?2, attempts = attempts + 1 WHERE id = ?1")?;
                for (id, delay) in refused {
                    postpone.execute((id, Moment::now().plus(delay)))?;
                }
                Ok(())
            })
            .await
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: row.get("id")?,
        key: row.get::<_, Key>("key")?.0,
        name: row.get("name")?,
        at: row.get("at")?,
        object: row.get::<_, Json<_>>("object")?.0,
        attempts: row.get("attempts")?,
    })
}

//! Whole objects: put, look up, read, copy, delete.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use s3s::dto::{Metadata, Timestamp};
use serde::{Deserialize, Serialize};

use super::Store;
use super::blobs::{Lease, Received};
use super::conditions::{ReadConditions, WriteConditions};
use super::digest::{self, Checksum};
use super::error::Error;
use super::events::Event;
use super::moment::Moment;
use super::read::Segment;

/// What the index says about an object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) content: i64,
    pub(crate) key: String,
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) modified: Moment,
    pub(crate) headers: Headers,
    pub(crate) checksum: Option<Checksum>,
    /// How many parts it was uploaded in; `None` when in one piece.
    pub(crate) parts: Option<u32>,
}

/// What a client declared when it wrote an object, and is told when it reads it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Headers {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    /// `x-amz-meta-…`, without that prefix.
    pub(crate) metadata: Metadata,
}

/// An object that is about to be written.
#[derive(Debug)]
pub(crate) struct NewObject {
    pub(crate) key: String,
    pub(crate) etag: String,
    pub(crate) headers: Headers,
    pub(crate) checksum: Option<Checksum>,
    pub(crate) parts: Option<u32>,
    pub(crate) segments: Vec<Segment>,
}

/// An object that is ready to be read, and stays so even when it is replaced or deleted meanwhile.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) object: Object,
    pub(crate) segments: Vec<Segment>,
    pub(crate) lease: Lease,
}

impl Store {
    /// Makes received bytes the object `key`.
    pub(crate) async fn put(
        &self,
        key: String,
        received: Received,
        headers: Headers,
        conditions: WriteConditions,
    ) -> Result<Object, Error> {
        let outbox = self.outbox;
        self.index
            .write_keeping(received, move |connection, received| {
                conditions.check(find(connection, &key)?.as_ref().map(|object| object.etag.as_str()))?;
                let new = NewObject {
                    key,
                    etag: digest::etag(&received.digests.md5),
                    headers,
                    checksum: received.digests.checksum.clone(),
                    parts: None,
                    segments: vec![Segment {
                        blob: received.blob.clone(),
                        size: received.size,
                    }],
                };
                let object = replace(connection, new)?;
                outbox.record(connection, Event::Put, &object)?;
                Ok(object)
            })
            .await
    }

    /// Looks an object up.
    pub(crate) async fn look(&self, key: String) -> Result<Object, Error> {
        self.index
            .read(move |connection| find(connection, &key)?.ok_or(Error::NoSuchKey))
            .await
    }

    /// Opens an object for reading.
    pub(crate) async fn open_object(&self, key: String) -> Result<Opened, Error> {
        loop {
            let (object, segments) = self.look_at_segments(key.clone()).await?;
            let lease = self
                .blobs
                .lease(segments.iter().map(|segment| segment.blob.clone()).collect());
            // Between the look and the lease the object may have been replaced and its files removed.
            if self.look(key.clone()).await?.content == object.content {
                return Ok(Opened {
                    object,
                    segments,
                    lease,
                });
            }
        }
    }

    /// Looks an object up, with the files that it is made of.
    pub(crate) async fn look_at_segments(&self, key: String) -> Result<(Object, Vec<Segment>), Error> {
        self.index
            .read(move |connection| {
                let object = find(connection, &key)?.ok_or(Error::NoSuchKey)?;
                let segments = segments(connection, object.content)?;
                Ok((object, segments))
            })
            .await
    }

    /// Makes one object a copy of another; with `headers`, one that declares other things.
    pub(crate) async fn copy(
        &self,
        source: String,
        source_conditions: ReadConditions,
        target: String,
        headers: Option<Headers>,
    ) -> Result<Object, Error> {
        let outbox = self.outbox;
        self.index
            .write(move |connection| {
                let source = find(connection, &source)?.ok_or(Error::NoSuchKey)?;
                source_conditions
                    .check(&source.etag, source.modified)
                    .map_err(|error| match error {
                        // A copy is no read that could be answered from a cache.
                        Error::NotModified { .. } => Error::PreconditionFailed("x-amz-copy-source-if-none-match"),
                        other => other,
                    })?;
                let segments = segments(connection, source.content)?;
                let new = NewObject {
                    key: target,
                    etag: source.etag,
                    headers: headers.unwrap_or(source.headers),
                    checksum: source.checksum,
                    parts: source.parts,
                    segments,
                };
                let object = replace(connection, new)?;
                outbox.record(connection, Event::Copy, &object)?;
                Ok(object)
            })
            .await
    }

    /// Deletes objects in one step; that one is not there is no error. The answers are in the order of the questions.
    pub(crate) async fn delete(
        &self,
        objects: Vec<(String, WriteConditions)>,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let outbox = self.outbox;
        self.index
            .write(move |connection| {
                let mut answers = Vec::with_capacity(objects.len());
                for (key, conditions) in objects {
                    let object = find(connection, &key)?;
                    let allowed = conditions.check(object.as_ref().map(|object| object.etag.as_str()));
                    if let (Ok(()), Some(object)) = (&allowed, &object) {
                        remove(connection, &key)?;
                        outbox.record(connection, Event::Removed, object)?;
                    }
                    answers.push(allowed);
                }
                Ok(answers)
            })
            .await
    }
}

const COLUMNS: &str = "content, key, size, etag, modified, headers, checksum, parts";

/// Looks an object up.
pub(super) fn find(connection: &Connection, key: &str) -> Result<Option<Object>, Error> {
    let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM objects WHERE key = ?1"))?;
    Ok(query.query_row([key.as_bytes()], from_row).optional()?)
}

/// Looks up the first object, in the order of the keys' bytes, whose key is at least, or with `after` behind, `from`.
pub(super) fn next(connection: &Connection, from: &[u8], after: bool) -> Result<Option<Object>, Error> {
    let comparison = if after { ">" } else { ">=" };
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM objects WHERE key {comparison} ?1 ORDER BY key LIMIT 1"
    ))?;
    Ok(query.query_row([from], from_row).optional()?)
}

/// The files that an object is made of, in their order.
pub(super) fn segments(connection: &Connection, content: i64) -> Result<Vec<Segment>, Error> {
    let mut query =
        connection.prepare_cached("SELECT blob, size FROM segments WHERE content = ?1 ORDER BY position")?;
    let segments = query.query_map([content], |row| {
        Ok(Segment {
            blob: row.get(0)?,
            size: row.get(1)?,
        })
    })?;
    Ok(segments.collect::<Result<_, _>>()?)
}

/// Writes an object, in the place of the one that is there.
pub(super) fn replace(connection: &Connection, new: NewObject) -> Result<Object, Error> {
    remove(connection, &new.key)?;
    let size = new.segments.iter().map(|segment| segment.size).sum();
    let modified = Moment::now();
    connection
        .prepare_cached(
            "INSERT INTO objects (key, size, etag, modified, headers, checksum, parts)
             VALUES (:key, :size, :etag, :modified, :headers, :checksum, :parts)",
        )?
        .execute(named_params! {
            ":key": new.key.as_bytes(),
            ":size": size,
            ":etag": new.etag,
            ":modified": modified,
            ":headers": Json(&new.headers),
            ":checksum": new.checksum.as_ref().map(Json),
            ":parts": new.parts,
        })?;
    let content = connection.last_insert_rowid();
    let mut insert =
        connection.prepare_cached("INSERT INTO segments (content, position, blob, size) VALUES (?1, ?2, ?3, ?4)")?;
    for (position, segment) in new.segments.iter().enumerate() {
        insert.execute((content, position, &segment.blob, segment.size))?;
    }
    Ok(Object {
        content,
        key: new.key,
        size,
        etag: new.etag,
        modified,
        headers: new.headers,
        checksum: new.checksum,
        parts: new.parts,
    })
}

fn remove(connection: &Connection, key: &str) -> Result<(), Error> {
    connection
        .prepare_cached("DELETE FROM objects WHERE key = ?1")?
        .execute([key.as_bytes()])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Object> {
    Ok(Object {
        content: row.get("content")?,
        key: row.get::<_, Key>("key")?.0,
        size: row.get("size")?,
        etag: row.get("etag")?,
        modified: row.get("modified")?,
        headers: row.get::<_, Json<_>>("headers")?.0,
        checksum: row.get::<_, Option<Json<_>>>("checksum")?.map(|json| json.0),
        parts: row.get("parts")?,
    })
}

/// A key, which the index keeps as bytes.
pub(super) struct Key(pub(super) String);

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?.to_vec();
        String::from_utf8(bytes).map(Self).map_err(FromSqlError::other)
    }
}

/// A value that the index keeps as JSON.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(Into::into)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl<T: for<'json> Deserialize<'json>> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

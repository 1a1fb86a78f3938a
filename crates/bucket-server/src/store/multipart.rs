//! Uploads in parts.
//!
//! Each part is a file of its own; completing an upload makes those files the segments of an object.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Store;
use super::blobs::Received;
use super::conditions::WriteConditions;
use super::digest::{self, Algorithm, Checksum};
use super::error::Error;
use super::events::Event;
use super::moment::Moment;
use super::objects::{Headers, Json, Key, NewObject, find, replace};
use super::read::Segment;

/// The least that a part may hold, unless it is the last.
const LEAST_PART: u64 = 5 * 1024 * 1024;

/// An upload that has begun.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// Ids of uploads sort by the time at which they began.
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) initiated: Moment,
    pub(crate) headers: Headers,
    pub(crate) checksum: Option<ChecksumPlan>,
}

/// The checksum that the client wants of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChecksumPlan {
    pub(crate) algorithm: Algorithm,
    /// Over the object's bytes, rather than over the parts' checksums.
    pub(crate) full_object: bool,
}

/// A part that has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// From 1 to 10,000.
    pub(crate) number: u16,
    pub(crate) blob: String,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) modified: Moment,
    pub(crate) checksum: Option<Checksum>,
}

/// A part as the client names it when it completes the upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedPart {
    pub(crate) number: u16,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// What the client is told about the object that its upload has become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Completed {
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

impl Store {
    /// Begins an upload.
    pub(crate) async fn create_upload(
        &self,
        key: String,
        headers: Headers,
        checksum: Option<ChecksumPlan>,
    ) -> Result<Upload, Error> {
        let upload = Upload {
            id: Uuid::now_v7().simple().to_string(),
            key,
            initiated: Moment::now(),
            headers,
            checksum,
        };
        self.index
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO uploads (id, key, initiated, headers, checksum)
                     VALUES (:id, :key, :initiated, :headers, :checksum)",
                    named_params! {
                        ":id": upload.id,
                        ":key": upload.key.as_bytes(),
                        ":initiated": upload.initiated,
                        ":headers": Json(&upload.headers),
                        ":checksum": upload.checksum.map(Json),
                    },
                )?;
                Ok(upload)
            })
            .await
    }

    /// Looks an upload up.
    pub(crate) async fn look_at_upload(&self, key: String, id: String) -> Result<Upload, Error> {
        self.index
            .read(move |connection| find_upload(connection, &key, &id)?.ok_or(Error::NoSuchUpload))
            .await
    }

    /// Makes received bytes a part of an upload, in the place of one with the same number.
    pub(crate) async fn put_part(
        &self,
        key: String,
        upload: String,
        number: u16,
        received: Received,
    ) -> Result<Part, Error> {
        self.index
            .write_keeping(received, move |connection, received| {
                find_upload(connection, &key, &upload)?.ok_or(Error::NoSuchUpload)?;
                let part = Part {
                    number,
                    blob: received.blob.clone(),
                    size: received.size,
                    etag: digest::etag(&received.digests.md5),
                    modified: Moment::now(),
                    checksum: received.digests.checksum.clone(),
                };
                // Not `INSERT OR REPLACE`, which fires no trigger for what it replaces.
                connection
                    .prepare_cached("DELETE FROM parts WHERE upload = ?1 AND number = ?2")?
                    .execute((&upload, number))?;
                connection
                    .prepare_cached(
                        "INSERT INTO parts (upload, number, blob, size, etag, modified, checksum)
                         VALUES (:upload, :number, :blob, :size, :etag, :modified, :checksum)",
                    )?
                    .execute(named_params! {
                        ":upload": upload,
                        ":number": part.number,
                        ":blob": part.blob,
                        ":size": part.size,
                        ":etag": part.etag,
                        ":modified": part.modified,
                        ":checksum": part.checksum.as_ref().map(Json),
                    })?;
                Ok(part)
            })
            .await
    }

    /// Up to `limit` parts of an upload, with numbers above `after`, in their order.
    pub(crate) async fn list_parts(
        &self,
        key: String,
        upload: String,
        after: u16,
        limit: usize,
    ) -> Result<(Upload, Vec<Part>), Error> {
        self.index
            .read(move |connection| {
                let upload = find_upload(connection, &key, &upload)?.ok_or(Error::NoSuchUpload)?;
                let mut query = connection.prepare_cached(
                    "SELECT number, blob, size, etag, modified, checksum FROM parts
                     WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
                )?;
                let parts = query.query_map((&upload.id, after, limit), part_from_row)?;
                let parts = parts.collect::<Result<_, _>>()?;
                Ok((upload, parts))
            })
            .await
    }

    /// Makes the listed parts an object, and frees the others. An upload that was completed before with the same list
    /// is answered as it was then. `expected` is the checksum that the client computed over the whole object.
    pub(crate) async fn complete_upload(
        &self,
        key: String,
        id: String,
        listed: Vec<ListedPart>,
        size: Option<u64>,
        expected: Option<Checksum>,
        conditions: WriteConditions,
    ) -> Result<Completed, Error> {
        let outbox = self.outbox;
        self.index
            .write(move |connection| {
                let Some(upload) = find_upload(connection, &key, &id)? else {
                    return completed_before(connection, &key, &id, &listed)?.ok_or(Error::NoSuchUpload);
                };
                let parts = check_list(&uploaded_parts(connection, &id)?, &listed)?;
                let announced = size;
                let received = parts.iter().map(|part| part.size).sum();
                if let Some(announced) = announced.filter(|announced| *announced != received) {
                    return Err(Error::IncompleteBody { received, announced });
                }
                conditions.check(find(connection, &key)?.as_ref().map(|object| object.etag.as_str()))?;

                let etag = digest::etag_of_parts(parts.iter().map(|part| part.etag.as_str()));
                let checksum = upload.checksum.and_then(|plan| checksum_of(plan, &parts));
                if let Some(expected) = &expected
                    && Some(expected) != checksum.as_ref()
                {
                    return Err(Error::BadDigest(expected.algorithm.name()));
                }
                let new = NewObject {
                    key: upload.key,
                    etag: etag.clone(),
                    headers: upload.headers,
                    checksum: checksum.clone(),
                    parts: u32::try_from(parts.len()).ok(),
                    segments: parts
                        .into_iter()
                        .map(|Part { blob, size, .. }| Segment { blob, size })
                        .collect(),
                };
                let object = replace(connection, new)?;
                outbox.record(connection, Event::Complete, &object)?;
                connection.execute("DELETE FROM uploads WHERE id = ?1", [&id])?;
                let completed = Completed { etag, checksum };
                connection.execute(
                    "INSERT INTO completions (upload, key, parts, object, completed) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (&id, key.as_bytes(), Json(&listed), Json(&completed), Moment::now()),
                )?;
                Ok(completed)
            })
            .await
    }

    /// Gives an upload up and frees its parts.
    pub(crate) async fn abort_upload(&self, key: String, id: String) -> Result<(), Error> {
        self.index
            .write(move |connection| {
                let aborted =
                    connection.execute("DELETE FROM uploads WHERE id = ?1 AND key = ?2", (&id, key.as_bytes()))?;
                if aborted == 0 {
                    return Err(Error::NoSuchUpload);
                }
                Ok(())
            })
            .await
    }
}

/// Checks the list that completes an upload against the parts that are there, and picks those.
fn check_list(uploaded: &[Part], listed: &[ListedPart]) -> Result<Vec<Part>, Error> {
    if !listed.is_sorted_by(|one, next| one.number < next.number) {
        return Err(Error::InvalidPartOrder);
    }
    let mut parts = Vec::with_capacity(listed.len());
    for wanted in listed {
        let position = uploaded.binary_search_by_key(&wanted.number, |part| part.number);
        let part = position
            .ok()
            .map(|position| &uploaded[position])
            .filter(|part| part.etag == wanted.etag)
            .filter(|part| wanted.checksum.is_none() || wanted.checksum == part.checksum)
            .ok_or(Error::InvalidPart(wanted.number))?;
        parts.push(part.clone());
    }
    if let Some((_last, others)) = parts.split_last()
        && let Some(part) = others.iter().find(|part| part.size < LEAST_PART)
    {
        return Err(Error::PartTooSmall {
            number: part.number,
            size: part.size,
        });
    }
    Ok(parts)
}

fn checksum_of(plan: ChecksumPlan, parts: &[Part]) -> Option<Checksum> {
    if plan.full_object {
        let parts = parts.iter().map(|part| (part.checksum.as_ref(), part.size));
        Checksum::of_whole(plan.algorithm, parts)
    } else {
        let parts = parts.iter().map(|part| part.checksum.as_ref());
        Checksum::composite(plan.algorithm, parts)
    }
}

fn completed_before(
    connection: &Connection,
    key: &str,
    id: &str,
    listed: &[ListedPart],
) -> Result<Option<Completed>, Error> {
    let mut query =
        connection.prepare_cached("SELECT parts, object FROM completions WHERE upload = ?1 AND key = ?2")?;
    let before = query
        .query_row((id, key.as_bytes()), |row| {
            Ok((row.get::<_, Json<Vec<ListedPart>>>(0)?.0, row.get::<_, Json<_>>(1)?.0))
        })
        .optional()?;
    Ok(before.and_then(|(parts, completed)| (parts == listed).then_some(completed)))
}

fn find_upload(connection: &Connection, key: &str, id: &str) -> Result<Option<Upload>, Error> {
    let mut query = connection
        .prepare_cached("SELECT id, key, initiated, headers, checksum FROM uploads WHERE id = ?1 AND key = ?2")?;
    Ok(query.query_row((id, key.as_bytes()), upload_from_row).optional()?)
}

fn uploaded_parts(connection: &Connection, upload: &str) -> Result<Vec<Part>, Error> {
    let mut query = connection.prepare_cached(
        "SELECT number, blob, size, etag, modified, checksum FROM parts WHERE upload = ?1 ORDER BY number",
    )?;
    let parts = query.query_map([upload], part_from_row)?;
    Ok(parts.collect::<Result<_, _>>()?)
}

pub(super) fn upload_from_row(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: row.get("id")?,
        key: row.get::<_, Key>("key")?.0,
        initiated: row.get("initiated")?,
        headers: row.get::<_, Json<_>>("headers")?.0,
        checksum: row.get::<_, Option<Json<_>>>("checksum")?.map(|json| json.0),
    })
}

fn part_from_row(row: &Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        number: row.get("number")?,
        blob: row.get("blob")?,
        size: row.get("size")?,
        etag: row.get("etag")?,
        modified: row.get("modified")?,
        checksum: row.get::<_, Option<Json<_>>>("checksum")?.map(|json| json.0),
    })
}

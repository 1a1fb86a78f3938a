//! What is in the bucket, page by page, sorted by the bytes of the keys.

use super::Store;
use super::error::Error;
use super::multipart::{Upload, upload_from_row};
use super::objects::{self, Object};

/// What a listing asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// Only keys that begin with this.
    pub(crate) prefix: String,
    /// Keys that have this behind the prefix are rolled up, up to and including it.
    pub(crate) delimiter: Option<String>,
    /// Only what sorts behind this: a key, or a rolled-up prefix.
    pub(crate) after: String,
    /// At most so many keys and rolled-up prefixes together.
    pub(crate) limit: usize,
}

impl Query {
    /// What a key is rolled up to, if it is.
    fn roll_up<'key>(&self, key: &'key str) -> Option<&'key str> {
        let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.strip_prefix(self.prefix.as_str())?;
        let position = rest.find(delimiter)?;
        Some(&key[..self.prefix.len() + position + delimiter.len()])
    }
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Keys rolled up by the delimiter.
    pub(crate) prefixes: Vec<String>,
    /// Whether there is more.
    pub(crate) truncated: bool,
    /// The last key or prefix of the page, to go on behind.
    pub(crate) last: Option<String>,
}

impl<T> Page<T> {
    fn new() -> Self {
        Self {
            items: Vec::new(),
            prefixes: Vec::new(),
            truncated: false,
            last: None,
        }
    }

    fn len(&self) -> usize {
        self.items.len() + self.prefixes.len()
    }
}

impl Store {
    /// Lists objects.
    pub(crate) async fn list_objects(&self, query: Query) -> Result<Page<Object>, Error> {
        self.index
            .read(move |connection| {
                let mut page = Page::new();
                let mut from = query.prefix.clone().into_bytes();
                // Behind the marker, unless the prefix lies further on.
                let mut exclusive = false;
                if query.after.as_bytes() >= from.as_slice() && !query.after.is_empty() {
                    from = query.after.clone().into_bytes();
                    exclusive = true;
                }
                while query.limit > 0
                    && let Some(object) = objects::next(connection, &from, exclusive)?
                    && object.key.starts_with(&query.prefix)
                {
                    let rolled_up = query.roll_up(&object.key).map(str::to_owned);
                    if let Some(prefix) = &rolled_up {
                        from = behind_all(prefix);
                        exclusive = false;
                        if *prefix <= query.after {
                            continue;
                        }
                    } else {
                        from = object.key.clone().into_bytes();
                        exclusive = true;
                    }
                    if page.len() == query.limit {
                        page.truncated = true;
                        break;
                    }
                    if let Some(prefix) = rolled_up {
                        page.last = Some(prefix.clone());
                        page.prefixes.push(prefix);
                    } else {
                        page.last = Some(object.key.clone());
                        page.items.push(object);
                    }
                }
                Ok(page)
            })
            .await
    }

    /// Lists uploads that have begun, by key and then by age. Of the key that the query is to go on behind, those with
    /// an id above `after_id` are listed, if that is given.
    pub(crate) async fn list_uploads(&self, query: Query, after_id: Option<String>) -> Result<Page<Upload>, Error> {
        self.index
            .read(move |connection| {
                let mut page = Page::new();
                let mut uploads = connection.prepare_cached(
                    "SELECT id, key, initiated, headers, checksum FROM uploads
                     WHERE key > ?1 OR (key = ?1 AND id > ?2) ORDER BY key, id",
                )?;
                // No id sorts behind this one: hexadecimal digits come before it.
                let after_id = after_id.as_deref().unwrap_or("~");
                let uploads = uploads.query_map((query.after.as_bytes(), after_id), upload_from_row)?;
                for upload in uploads {
                    let upload = upload?;
                    if !upload.key.starts_with(&query.prefix) {
                        continue;
                    }
                    let rolled_up = query.roll_up(&upload.key);
                    if let Some(prefix) = rolled_up
                        && (prefix <= query.after.as_str() || page.prefixes.last().is_some_and(|last| last == prefix))
                    {
                        continue;
                    }
                    if page.len() >= query.limit {
                        page.truncated = query.limit > 0;
                        break;
                    }
                    if let Some(prefix) = rolled_up {
                        page.last = Some(prefix.to_owned());
                        page.prefixes.push(prefix.to_owned());
                    } else {
                        page.last = Some(upload.key.clone());
                        page.items.push(upload);
                    }
                }
                Ok(page)
            })
            .await
    }
}

/// The least bytes that sort behind every key with this prefix. A key is UTF-8, in which the byte 255 never occurs, so
/// the last byte can always be raised by one.
fn behind_all(prefix: &str) -> Vec<u8> {
    let mut bytes = prefix.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1;
    }
    bytes
}

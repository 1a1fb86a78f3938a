-- The index of the bucket. The bytes are in files beside it; an object is a list of segments, each of which is a whole
-- file, so that completing a multipart upload or copying an object moves no bytes.

CREATE TABLE objects (
    -- Never used twice: it tells a reader whether the object that it looked up is still the current one.
    content   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Bytes, because S3 sorts keys by their UTF-8 bytes, and a key may hold any character, NUL included.
    key       BLOB    NOT NULL UNIQUE,
    size      INTEGER NOT NULL,
    etag      TEXT    NOT NULL,
    modified  INTEGER NOT NULL, -- milliseconds since 1970
    headers   TEXT    NOT NULL, -- JSON: what the client declared and is given back
    checksum  TEXT,             -- JSON: the algorithm and the value
    parts     INTEGER           -- of a multipart upload, how many
) STRICT;

CREATE TABLE segments (
    content   INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    blob      TEXT    NOT NULL, -- the file's name
    size      INTEGER NOT NULL,
    PRIMARY KEY (content, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX segments_by_blob ON segments (blob);

CREATE TABLE uploads (
    id        TEXT    PRIMARY KEY,
    key       BLOB    NOT NULL,
    initiated INTEGER NOT NULL,
    headers   TEXT    NOT NULL,
    checksum  TEXT              -- JSON: the algorithm, and whether it is over the whole object
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_key ON uploads (key, id);

CREATE TABLE parts (
    upload    TEXT    NOT NULL REFERENCES uploads ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    blob      TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    etag      TEXT    NOT NULL,
    modified  INTEGER NOT NULL,
    checksum  TEXT,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_by_blob ON parts (blob);

-- What was answered to completed uploads, because a client that lost the answer asks again.
CREATE TABLE completions (
    upload    TEXT    PRIMARY KEY,
    key       BLOB    NOT NULL,
    parts     TEXT    NOT NULL, -- JSON: the list that the client sent
    object    TEXT    NOT NULL, -- JSON: what it was told
    completed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Files that may have lost their last reference.
CREATE TABLE garbage (
    blob      TEXT    PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TRIGGER segment_deleted AFTER DELETE ON segments BEGIN
    INSERT OR IGNORE INTO garbage VALUES (old.blob);
END;
CREATE TRIGGER part_deleted AFTER DELETE ON parts BEGIN
    INSERT OR IGNORE INTO garbage VALUES (old.blob);
END;

-- Events that the webhook has not accepted yet.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    key       BLOB    NOT NULL,
    name      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    object    TEXT    NOT NULL, -- JSON: size, ETag, media type, user metadata
    due       INTEGER NOT NULL,
    attempts  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX events_by_key ON events (key, id);
CREATE INDEX events_by_due ON events (due, id);

CREATE TABLE settings (
    name      TEXT    PRIMARY KEY,
    value     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

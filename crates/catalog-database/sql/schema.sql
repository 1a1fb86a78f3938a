-- One row per document, written once per normalization. The submission's columns are repeated in each of its rows, so that a
-- list is one statement and a write is one statement.
CREATE TABLE IF NOT EXISTS documents (
  document      TEXT PRIMARY KEY,
  submission    TEXT NOT NULL,
  title         TEXT NOT NULL,
  teacher       TEXT,
  name          TEXT NOT NULL,
  kind          TEXT NOT NULL,
  media_type    TEXT NOT NULL,
  vendor        TEXT NOT NULL,
  annotations   INTEGER NOT NULL,
  normalized_at TEXT NOT NULL,
  sha256        TEXT NOT NULL,
  body          TEXT NOT NULL
) WITHOUT ROWID;

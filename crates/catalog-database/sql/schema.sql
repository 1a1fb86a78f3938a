-- One row per document and version of the canonical document, written once per normalization. Versions are served side by side.
-- The submission's columns are repeated in each of its rows, so that a list is one statement and a write is one statement.
CREATE TABLE IF NOT EXISTS documents (
  document        TEXT NOT NULL,
  schema_version  INTEGER NOT NULL,
  submission      TEXT NOT NULL,
  title           TEXT NOT NULL,
  teacher         TEXT,
  name            TEXT NOT NULL,
  kind            TEXT NOT NULL,
  media_type      TEXT NOT NULL,
  vendor          TEXT NOT NULL,
  adapter         TEXT NOT NULL,
  adapter_version TEXT NOT NULL,
  annotations     INTEGER NOT NULL,
  normalized_at   TEXT NOT NULL,
  sha256          TEXT NOT NULL,
  body            TEXT NOT NULL,
  -- Who may read the document: the tenant, and among its evaluators * for all, or those named between spaces; and since when.
  -- What the version says that was written for the latest time holds for all of them.
  tenant          TEXT NOT NULL,
  evaluators      TEXT NOT NULL,
  assigned_at     BIGINT NOT NULL,
  PRIMARY KEY (document, schema_version)
) WITHOUT ROWID;

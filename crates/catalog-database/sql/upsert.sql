-- The same document with the same content changes nothing, however often it is written.
INSERT INTO documents
  (document, schema_version, submission, title, teacher, name, kind, media_type, vendor, adapter, adapter_version, annotations,
   normalized_at, sha256, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (document, schema_version) DO UPDATE SET
  submission = excluded.submission, title = excluded.title, teacher = excluded.teacher, name = excluded.name,
  kind = excluded.kind, media_type = excluded.media_type, vendor = excluded.vendor,
  adapter = excluded.adapter, adapter_version = excluded.adapter_version,
  annotations = excluded.annotations, normalized_at = excluded.normalized_at, sha256 = excluded.sha256,
  body = excluded.body
WHERE documents.sha256 <> excluded.sha256;

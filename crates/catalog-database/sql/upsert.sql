-- The same document with the same content changes nothing, however often it is written. What was made before its evaluators
-- were changed never takes the place of what was made after that.
INSERT INTO documents
  (document, schema_version, submission, title, teacher, name, kind, media_type, vendor, adapter, adapter_version, annotations,
   normalized_at, sha256, body, tenant, evaluators, assigned_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (document, schema_version) DO UPDATE SET
  submission = excluded.submission, title = excluded.title, teacher = excluded.teacher, name = excluded.name,
  kind = excluded.kind, media_type = excluded.media_type, vendor = excluded.vendor,
  adapter = excluded.adapter, adapter_version = excluded.adapter_version,
  annotations = excluded.annotations, normalized_at = excluded.normalized_at, sha256 = excluded.sha256,
  body = excluded.body, tenant = excluded.tenant, evaluators = excluded.evaluators, assigned_at = excluded.assigned_at
WHERE excluded.assigned_at > documents.assigned_at
   OR (excluded.assigned_at = documents.assigned_at AND documents.sha256 <> excluded.sha256);

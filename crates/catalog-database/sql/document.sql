-- The newest version of a document that a reader understands: up to the given one.
SELECT submission, name, media_type, sha256, body
FROM documents
WHERE document = ? AND schema_version <= ?
ORDER BY schema_version DESC
LIMIT 1;

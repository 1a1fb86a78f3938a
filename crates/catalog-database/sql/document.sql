-- The newest version of a document that a reader understands, up to the given one, if the evaluator may see it.
SELECT submission, name, media_type, sha256, body
FROM documents
WHERE document = ?
  AND EXISTS (
    SELECT 1 FROM documents AS latest
    WHERE latest.document = documents.document AND latest.tenant = ?
      AND (latest.evaluators = '*' OR replace(latest.evaluators, ?, '') <> latest.evaluators)
      AND latest.assigned_at = (SELECT MAX(d.assigned_at) FROM documents AS d WHERE d.document = documents.document))
  AND schema_version <= ?
ORDER BY schema_version DESC
LIMIT 1;

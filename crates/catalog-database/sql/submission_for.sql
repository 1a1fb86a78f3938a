-- What an evaluator may see of one submission, each document in its newest version.
SELECT document, submission, title, teacher, name, kind, media_type, vendor, annotations, normalized_at
FROM documents
WHERE submission = ?
  AND EXISTS (
    SELECT 1 FROM documents AS latest
    WHERE latest.document = documents.document AND latest.tenant = ?
      AND (latest.evaluators = '*' OR replace(latest.evaluators, ?, '') <> latest.evaluators)
      AND latest.assigned_at = (SELECT MAX(d.assigned_at) FROM documents AS d WHERE d.document = documents.document))
  AND schema_version = (SELECT MAX(d.schema_version) FROM documents AS d WHERE d.document = documents.document)
ORDER BY document;

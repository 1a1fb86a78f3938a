-- A page of the submissions that an evaluator may see, newest first (their ids are in the order of time), with all of their
-- documents, each in its newest version. replace() tells whether the evaluator is named, with the same case, in SQLite and in
-- PostgreSQL.
SELECT document, submission, title, teacher, name, kind, media_type, vendor, annotations, normalized_at
FROM documents
WHERE EXISTS (
    SELECT 1 FROM documents AS latest
    WHERE latest.document = documents.document AND latest.tenant = ?
      AND (latest.evaluators = '*' OR replace(latest.evaluators, ?, '') <> latest.evaluators)
      AND latest.assigned_at = (SELECT MAX(d.assigned_at) FROM documents AS d WHERE d.document = documents.document))
  AND submission IN (
    SELECT DISTINCT latest.submission FROM documents AS latest
    WHERE latest.tenant = ? AND (latest.evaluators = '*' OR replace(latest.evaluators, ?, '') <> latest.evaluators)
      AND latest.assigned_at = (SELECT MAX(d.assigned_at) FROM documents AS d WHERE d.document = latest.document)
      AND latest.submission < ?
    ORDER BY latest.submission DESC LIMIT ?)
  AND schema_version = (SELECT MAX(d.schema_version) FROM documents AS d WHERE d.document = documents.document)
ORDER BY submission DESC, document;

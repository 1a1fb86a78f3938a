-- A page of submissions, newest first (their ids are in the order of time), with all of their documents, each in its newest version.
SELECT document, submission, title, teacher, name, kind, media_type, vendor, annotations, normalized_at
FROM documents
WHERE submission IN (SELECT DISTINCT submission FROM documents WHERE submission < ? ORDER BY submission DESC LIMIT ?)
  AND schema_version = (SELECT MAX(schema_version) FROM documents AS d WHERE d.document = documents.document)
ORDER BY submission DESC, document;
